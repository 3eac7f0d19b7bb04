package io.promlib.examples.process;

/**
 * What the operating system tells of a process.
 *
 * @param started tells two processes with one pid apart
 * @param cpuPct of one processor, since the reading before
 * @param memMb resident memory in MiB
 */
record Reading(long pid, long started, String name, double cpuPct, double memMb) {}

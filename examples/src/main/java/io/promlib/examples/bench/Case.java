package io.promlib.examples.bench;

/** A contender under a workload. */
record Case(Contender.Kind kind, Workload workload) {}

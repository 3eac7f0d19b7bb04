package io.promlib.metrics;

/**
 * All metrics as text.
 *
 * @param contentType which of the two formats it is, for the header of the answer
 */
public record Scrape(String contentType, String body) {}

package io.promlib.testkit;

import io.promlib.store.EventStore;
import io.promlib.store.GroupStore;

/** The two stores that a bus stands on. */
public record Stores(EventStore events, GroupStore groups) {}

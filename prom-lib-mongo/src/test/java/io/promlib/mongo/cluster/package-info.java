/**
 * What must hold when several processes share a bus, shown with processes: {@link
 * io.promlib.mongo.cluster.Cluster} starts and kills them, {@link io.promlib.mongo.cluster.Journal}
 * is what they write down, in one order.
 */
@NullMarked
package io.promlib.mongo.cluster;

import org.jspecify.annotations.NullMarked;

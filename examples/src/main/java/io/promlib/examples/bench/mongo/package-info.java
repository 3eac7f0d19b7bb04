/**
 * The bus on MongoDB beside the plain driver, on the same server in the same run. Start at {@link
 * io.promlib.examples.bench.mongo.MongoBench}.
 */
@NullMarked
package io.promlib.examples.bench.mongo;

import org.jspecify.annotations.NullMarked;

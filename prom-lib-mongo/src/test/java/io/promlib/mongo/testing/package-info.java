/** A MongoDB for tests: {@link io.promlib.mongo.testing.TestMongo}. */
@NullMarked
package io.promlib.mongo.testing;

import org.jspecify.annotations.NullMarked;

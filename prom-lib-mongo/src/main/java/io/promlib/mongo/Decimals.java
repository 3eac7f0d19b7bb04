package io.promlib.mongo;

import java.math.BigDecimal;
import java.math.MathContext;
import org.bson.types.Decimal128;
import org.jspecify.annotations.Nullable;

/** Which decimals BSON gives back with their spelling, and how they are spelled. */
final class Decimals {
  /*
   * A decimal of at most 15 digits comes back from the nearest double when that is rounded to 15 digits (DBL_DIG of
   * IEEE 754), on every JDK: Double.toString prints up to 17 and did so differently before JDK 19. Of such decimals those
   * are taken that are spelled as `print` spells: no exponent, no zero at the end but the one of "1.0". Decimal128 keeps
   * up to 34 digits with the zeros at the end, as in prices. The rest stays text.
   */
  private static final int DIGITS = 15;
  private static final MathContext ROUNDED = new MathContext(DIGITS);
  private static final int MAX_DOUBLE_LENGTH = 20;
  private static final int MAX_DECIMAL_LENGTH = 44;

  private Decimals() {}

  /** Whether this number of a JSON text, which has a point or an exponent, is kept as a double. */
  static boolean isDouble(String text) {
    int length = text.length();
    int point = text.indexOf('.');
    if (length > MAX_DOUBLE_LENGTH || point < 0) {
      return false;
    }
    int digits = 0;
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c == 'e' || c == 'E') {
        return false;
      }
      if (c >= '0' && c <= '9' && (digits > 0 || c != '0')) {
        digits++;
      }
    }
    boolean zeroAtEnd = text.charAt(length - 1) == '0';
    if (digits == 0) {
      return text.equals("0.0");
    }
    return digits <= DIGITS && (!zeroAtEnd || point == length - 2);
  }

  /** The number as MongoDB's decimal, or null if that would be spelled otherwise. */
  static @Nullable Decimal128 decimal128(String text) {
    if (text.length() > MAX_DECIMAL_LENGTH) {
      return null;
    }
    try {
      Decimal128 decimal = new Decimal128(new BigDecimal(text));
      return decimal.toString().equals(text) ? decimal : null;
    } catch (NumberFormatException | ArithmeticException beyond) {
      return null;
    }
  }

  /** How a decimal of {@link #decimal128} was spelled. */
  static String print(Decimal128 value) {
    if (value.isNaN() || value.isInfinite()) {
      throw new IllegalArgumentException("JSON has no " + value);
    }
    return value.toString();
  }

  /** How the double of a text that {@link #isDouble} took was spelled. */
  static String print(double value) {
    if (value == 0) {
      return "0.0";
    }
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      throw new IllegalArgumentException("JSON has no " + value);
    }
    // The usual case: few digits, which are then the only ones of that length.
    String usual = Double.toString(value);
    if (usual.length() <= DIGITS && usual.indexOf('E') < 0) {
      return usual;
    }
    BigDecimal exact = new BigDecimal(value).round(ROUNDED).stripTrailingZeros();
    String plain = exact.toPlainString();
    return plain.indexOf('.') < 0 ? plain + ".0" : plain;
  }
}

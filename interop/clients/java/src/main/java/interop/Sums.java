package interop;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;

/** What every client of the comparison must find in the same rows. */
final class Sums {
    long rows;
    long cells;
    long nulls;
    long bytes;
    long isum;
    double fsum;

    void addRow(Row row) {
        ++rows;
        Object[] values = row.values();
        for (Object value : values) {
            addValue(value);
        }
        if (row.hasUnsigned()) {
            correctWidths(row);
        }
    }

    void addRow(Iterable<Object> row) {
        ++rows;
        for (Object value : row) {
            addValue(value);
        }
    }

    private void addInteger(int width, long value) {
        bytes += width;
        isum += value;
    }

    /** Values of unsigned columns arrive as the next larger type, and were counted with its width. */
    private void correctWidths(Row row) {
        for (int i = 0; i < row.values().length; ++i) {
            if (row.unsigned()[i] && !(row.values()[i] == null || row.values()[i] instanceof BigInteger)) {
                bytes -= row.values()[i] instanceof Short ? 1 : row.values()[i] instanceof Integer ? 2 : 4;
            }
        }
    }

    private void addValue(Object value) {
        ++cells;
        if (value == null) {
            ++nulls;
        } else if (value instanceof Timestamp v) {
            addInteger(8, v.getTime());
        } else if (value instanceof Integer v) {
            addInteger(4, v);
        } else if (value instanceof Float v) {
            bytes += 4;
            fsum += v;
        } else if (value instanceof byte[] v) {
            bytes += v.length;
        } else if (value instanceof Long v) {
            addInteger(8, v);
        } else if (value instanceof Double v) {
            bytes += 8;
            fsum += v;
        } else if (value instanceof String v) {
            bytes += v.getBytes(StandardCharsets.UTF_8).length;
        } else if (value instanceof Short v) {
            addInteger(2, v);
        } else if (value instanceof Byte v) {
            addInteger(1, v);
        } else if (value instanceof Boolean v) {
            addInteger(1, v ? 1 : 0);
        } else if (value instanceof BigInteger v) {
            addInteger(8, v.longValue());
        } else {
            throw new IllegalStateException("a value of " + value.getClass());
        }
    }
}

package interop;

import com.taosdata.jdbc.tmq.Deserializer;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;

/** A row as an array: neither reflection nor a map per row. */
public final class RowDeserializer implements Deserializer<Row> {
    private ResultSetMetaData known;
    private boolean[] unsigned;
    private boolean hasUnsigned;

    @Override
    public Row deserialize(ResultSet data, String topic, String database) throws SQLException {
        // one object for all rows of a message
        if (data.getMetaData() != known) {
            learnColumns(data.getMetaData());
        }
        Object[] values = new Object[unsigned.length];
        for (int i = 0; i < values.length; ++i) {
            values[i] = data.getObject(i + 1);
        }
        return new Row(values, unsigned, hasUnsigned);
    }

    private void learnColumns(ResultSetMetaData columns) throws SQLException {
        known = columns;
        unsigned = new boolean[columns.getColumnCount()];
        hasUnsigned = false;
        for (int i = 0; i < unsigned.length; ++i) {
            unsigned[i] = columns.getColumnTypeName(i + 1).endsWith("UNSIGNED");
            hasUnsigned |= unsigned[i];
        }
    }
}

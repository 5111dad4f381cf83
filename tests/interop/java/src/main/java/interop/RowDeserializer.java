package interop;

import com.taosdata.jdbc.tmq.Deserializer;
import java.sql.ResultSet;
import java.sql.SQLException;

/** A row as the values that the driver holds: neither reflection nor a map per row. */
public final class RowDeserializer implements Deserializer<Object[]> {
    private int columns;

    @Override
    public Object[] deserialize(ResultSet data, String topic, String database) throws SQLException {
        if (columns == 0) {
            columns = data.getMetaData().getColumnCount();
        }
        Object[] row = new Object[columns];
        for (int i = 0; i < columns; ++i) {
            row[i] = data.getObject(i + 1);
        }
        return row;
    }
}

package interop;

import com.sun.management.OperatingSystemMXBean;
import com.taosdata.jdbc.tmq.ConsumerRecord;
import com.taosdata.jdbc.tmq.ConsumerRecords;
import com.taosdata.jdbc.tmq.MapEnhanceDeserializer;
import com.taosdata.jdbc.tmq.TMQEnhMap;
import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Reads rows and prints what they add up to. */
final class Consume {
    private Consume() {}

    private interface Touch<V> {
        void row(Sums sums, V row);
    }

    static void run(Options options) throws SQLException {
        if (!options.tables()) {
            read(options, RowDeserializer.class, (Sums sums, Row row) -> sums.addRow(row), null);
            return;
        }
        Map<String, Long> tables = new TreeMap<>();
        read(
                options,
                MapEnhanceDeserializer.class,
                (Sums sums, TMQEnhMap row) -> {
                    sums.addRow(row.getMap().values());
                    tables.merge(row.getTableName(), 1L, Long::sum);
                },
                tables);
    }

    private static <V> void read(Options options, Class<?> deserializer, Touch<V> touch, Map<String, Long> tables) throws SQLException {
        try (Reader<V> reader = new Reader<>(options, deserializer)) {
            double cpu = cpuSeconds();
            reader.subscribe(options);
            Sums sums = new Sums();
            long messages = 0;
            double first = 0;
            long start = System.nanoTime();
            while (sums.rows < options.rows()) {
                ConsumerRecords<V> message = reader.next();
                if (messages++ == 0) {
                    first = secondsSince(start);
                }
                for (ConsumerRecord<V> record : message) {
                    touch.row(sums, record.value());
                }
            }
            print(sums, messages, first, secondsSince(start), cpuSeconds() - cpu, tables);
        }
    }

    /** The driver joins the blocks of a message before it hands them out, so their number is not known here. */
    private static void print(Sums sums, long messages, double first, double seconds, double cpu, Map<String, Long> tables) {
        String line = String.format(
                Locale.ROOT,
                "{\"peer\":\"java\",\"mode\":\"rows\",\"rows\":%d,\"cells\":%d,\"nulls\":%d,\"bytes\":%d,\"msgs\":%d,\"blocks\":0,"
                        + "\"isum\":%d,\"fsum\":%s,\"first_s\":%.6f,\"seconds\":%.6f,\"rows_per_s\":%.0f,\"cpu_s\":%.3f",
                sums.rows, sums.cells, sums.nulls, sums.bytes, messages, sums.isum, Double.isFinite(sums.fsum) ? sums.fsum : "null", first, seconds, sums.rows / seconds, cpu);
        if (tables != null) {
            line += tables.entrySet().stream()
                    .map(e -> "\"" + e.getKey() + "\":" + e.getValue())
                    .collect(Collectors.joining(",", ",\"tables\":{", "}"));
        }
        System.out.println(line + "}");
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static double cpuSeconds() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    }
}

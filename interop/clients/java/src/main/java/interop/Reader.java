package interop;

import com.taosdata.jdbc.tmq.ConsumerRecords;
import com.taosdata.jdbc.tmq.TaosConsumer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;

/** A consumer and what it takes to wait for its messages. */
final class Reader<V> implements AutoCloseable {
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    final TaosConsumer<V> consumer;

    Reader(Options options, Class<?> deserializer) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("td.connect.type", "ws");
        properties.setProperty("bootstrap.servers", options.server());
        properties.setProperty("td.connect.user", options.user());
        properties.setProperty("td.connect.pass", options.password());
        properties.setProperty("group.id", options.group());
        properties.setProperty("auto.offset.reset", "earliest");
        properties.setProperty("enable.auto.commit", "false");
        properties.setProperty("msg.with.table.name", "true");
        properties.setProperty("value.deserializer", deserializer.getName());
        consumer = new TaosConsumer<>(properties);
    }

    void subscribe(Options options) throws SQLException {
        consumer.subscribe(List.of(options.topic()));
    }

    ConsumerRecords<V> tryNext() throws SQLException {
        return consumer.poll(POLL);
    }

    /** The next message: an empty poll is not the end of a topic. */
    ConsumerRecords<V> next() throws SQLException {
        long since = System.nanoTime();
        while (System.nanoTime() - since < PATIENCE.toNanos()) {
            ConsumerRecords<V> message = tryNext();
            if (!message.isEmpty()) {
                return message;
            }
        }
        throw new SQLException("no more rows came");
    }

    @Override
    public void close() throws SQLException {
        consumer.close();
    }
}

package interop;

import com.taosdata.jdbc.tmq.ConsumerRecord;
import com.taosdata.jdbc.tmq.OffsetAndMetadata;
import com.taosdata.jdbc.tmq.TaosConsumer;
import com.taosdata.jdbc.tmq.TopicPartition;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads a topic, goes back and reads it again, leaves a group that has finished its first messages, and prints what is left for it to read. */
final class Offsets {
    private static final int HEAD_MESSAGES = 5;

    private Offsets() {}

    static void run(Options options) throws SQLException {
        Sums head;
        Sums tail;
        try (Reader<Row> reader = new Reader<>(options, RowDeserializer.class)) {
            reader.subscribe(options);
            TaosConsumer<Row> consumer = reader.consumer;
            Map<TopicPartition, Long> begin = consumer.beginningOffsets(options.topic());
            if (begin.isEmpty()) {
                throw new SQLException("no vgroup is assigned");
            }

            head = read(reader, options.rows(), HEAD_MESSAGES);
            Map<TopicPartition, Long> behindHead = consumer.position(options.topic());
            consumer.commitSync();
            expectEqual("committed", committed(consumer, begin.keySet()), behindHead);
            tail = read(reader, options.rows() - head.rows, Long.MAX_VALUE);
            expectEqual("rows", head.rows + tail.rows, options.rows());

            consumer.seekToBeginning(begin.keySet());
            expectEqual("position behind a seek", consumer.position(options.topic()), begin);
            Sums again = read(reader, options.rows(), Long.MAX_VALUE);
            expectEqual("rows after a seek", again.rows, options.rows());
            expectEqual("sum after a seek", again.isum, head.isum + tail.isum);
            expectNothing(reader);

            consumer.commitSync(withoutMetadata(begin));
            expectEqual("committed at the beginning", committed(consumer, begin.keySet()), begin);
            consumer.commitSync(withoutMetadata(behindHead));
            expectEqual("committed behind the first messages", committed(consumer, begin.keySet()), behindHead);
            consumer.unsubscribe();
        }
        try (Reader<Row> follower = new Reader<>(options, RowDeserializer.class)) {
            follower.subscribe(options);
            Sums rest = read(follower, options.rows() - head.rows, Long.MAX_VALUE);
            expectEqual("rows of the next consumer of the group", rest.rows, tail.rows);
            expectEqual("sum of the next consumer of the group", rest.isum, tail.isum);
            expectNothing(follower);
            follower.consumer.unsubscribe();
            System.out.printf("{\"peer\":\"java\",\"rows\":%d,\"isum\":%d}%n", rest.rows, rest.isum);
        }
    }

    /** Adds up messages until there are {@code rows} rows or {@code messages} messages. */
    private static Sums read(Reader<Row> reader, long rows, long messages) throws SQLException {
        Sums sums = new Sums();
        for (; sums.rows < rows && messages > 0; --messages) {
            for (ConsumerRecord<Row> record : reader.next()) {
                sums.addRow(record.value());
            }
        }
        return sums;
    }

    private static Map<TopicPartition, Long> committed(TaosConsumer<Row> consumer, Set<TopicPartition> vgroups) throws SQLException {
        return consumer.committed(vgroups).entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().offset()));
    }

    private static Map<TopicPartition, OffsetAndMetadata> withoutMetadata(Map<TopicPartition, Long> offsets) {
        return offsets.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, e -> new OffsetAndMetadata(e.getValue())));
    }

    private static void expectNothing(Reader<Row> reader) throws SQLException {
        if (!reader.tryNext().isEmpty()) {
            throw new SQLException("rows behind the last one");
        }
    }

    private static void expectEqual(String what, Object got, Object wanted) throws SQLException {
        if (!Objects.equals(got, wanted)) {
            throw new SQLException(what + ": " + got + " instead of " + wanted);
        }
    }
}

package interop;

import java.net.URI;

/** {@code rows}: to read; for offsets, all rows of the topic. {@code tables}: count the rows of every table. */
record Options(String command, URI url, String topic, String group, long rows, boolean tables) {
    static Options parse(String[] args) {
        if (args.length == 0) {
            throw new IllegalArgumentException("usage: consume|offsets --url URL --topic T --group G --rows N [--tables]");
        }
        String url = "ws://127.0.0.1:6041";
        String topic = "";
        String group = "java";
        long rows = 0;
        boolean tables = false;
        for (int i = 1; i < args.length; ++i) {
            switch (args[i]) {
                case "--url" -> url = args[++i];
                case "--topic" -> topic = args[++i];
                case "--group" -> group = args[++i];
                case "--rows" -> rows = Long.parseLong(args[++i]);
                case "--tables" -> tables = true;
                default -> throw new IllegalArgumentException("unknown option " + args[i]);
            }
        }
        return new Options(args[0], URI.create(url), topic, group, rows, tables);
    }

    String server() {
        return url.getHost() + ":" + (url.getPort() < 0 ? 6041 : url.getPort());
    }

    String user() {
        return url.getUserInfo() == null ? "root" : url.getUserInfo().split(":", 2)[0];
    }

    String password() {
        return url.getUserInfo() == null ? "taosdata" : url.getUserInfo().split(":", 2)[1];
    }
}

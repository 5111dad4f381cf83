package interop;

/** Consumes a topic with TDengine's own client for Java. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        try {
            Options options = Options.parse(args);
            switch (options.command()) {
                case "consume" -> Consume.run(options);
                case "offsets" -> Offsets.run(options);
                default -> throw new IllegalArgumentException("unknown command " + options.command() + ": consume or offsets");
            }
        } catch (Exception e) {
            System.err.println("java: " + e);
            System.exit(2);
        }
        System.exit(0);
    }
}

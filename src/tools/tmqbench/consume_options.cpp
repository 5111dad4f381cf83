#include "tools/tmqbench/consume_options.hpp"

namespace tmq::tools::tmqbench {
namespace {

touch_mode parse_mode(const std::string& name) {
    if (name == "rows") return touch_mode::rows;
    if (name == "columns") return touch_mode::columns;
    if (name == "dynamic") return touch_mode::dynamic;
    throw usage_error("--mode: '" + name + "' is not rows, columns or dynamic");
}

void set_mode(consume_options& options, const std::string& name) {
    options.mode = parse_mode(name);
    options.mode_name = name;
}

}  // namespace

consume_options parse_consume_options(arguments& args) {
    constexpr std::uint64_t most_rows = 1'000'000'000'000;
    consume_options out;
    out.settings.auto_commit(false).start_at(offset_reset::earliest);
    while (args.next()) {
        const std::string& option = args.option();
        if (option == "--rows")
            out.rows = args.number(1, most_rows);
        else if (option == "--mode")
            set_mode(out, args.value());
        else if (option == "--commit")
            out.commit = true;
        else if (option == "--work-us")
            out.work = std::chrono::microseconds(args.number(0, 10'000'000));
        else if (option == "--own-groups")
            out.own_groups = true;
        else if (!out.read(args))
            throw usage_error("unknown option " + option);
    }
    out.complete();
    if (out.rows == 0) throw usage_error("--rows is missing");
    return out;
}

}  // namespace tmq::tools::tmqbench

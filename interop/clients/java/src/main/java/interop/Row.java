package interop;

/** Values as the driver holds them, and which columns are unsigned: those come as the next larger type. */
record Row(Object[] values, boolean[] unsigned, boolean hasUnsigned) {}

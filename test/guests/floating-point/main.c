/*
 * Single and double precision: every operation on awkward operands in every rounding mode, with the
 * flags that it raises; some of it in full, all of it in a sum over the bits. Then a few lines of
 * numerical work, as a program would do it.
 */
#include "board.h"

/* fcsr: the rounding mode above the flags. */
#define ROUNDING_MODES 5
#define FRM_SHIFT 5
#define FLAGS 0x1f

static const char *const MODE_NAMES[ROUNDING_MODES] = {"rne", "rtz", "rdn", "rup", "rmm"};

/* Zeros, ones, the smallest and largest numbers of each kind, infinity, quiet and signalling NaN. */
static const uint32_t SINGLES[] = {
    0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x40490fdb, 0x3eaaaaab, 0x00000001, 0x807fffff,
    0x00800000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0x4f000000,
    0xcf000000, 0x4effffff, 0x3f000000, 0xbfc00000, 0x4b7fffff, 0x33800000,
};
static const uint64_t DOUBLES[] = {
    0x0000000000000000, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000,
    0x400921fb54442d18, 0x3fd5555555555555, 0x0000000000000001, 0x800fffffffffffff,
    0x0010000000000000, 0x7fefffffffffffff, 0xffefffffffffffff, 0x7ff0000000000000,
    0xfff0000000000000, 0x7ff8000000000000, 0x7ff0000000000001, 0x41e0000000000000,
    0xc1e0000000200000, 0x41dfffffffe00000, 0x3fe0000000000000, 0x47efffffe0000000,
    0x380fffffffffffff, 0x3ca0000000000000,
};
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What every result goes into: the order counts. */
static uint32_t sum;

static void add_word(uint32_t word)
{
    sum = ((sum << 5) | (sum >> 27)) ^ (word * 0x9e3779b1u);
}

static uint32_t take_flags(void)
{
    uint32_t flags = CSR_READ(fflags);
    CSR_WRITE(fflags, 0);
    return flags;
}

static void add_double(double value)
{
    union {
        double number;
        uint32_t words[2];
    } bits = {.number = value};
    add_word(bits.words[0]);
    add_word(bits.words[1]);
    add_word(take_flags());
}

static void add_single(float value)
{
    union {
        float number;
        uint32_t word;
    } bits = {.number = value};
    add_word(bits.word);
    add_word(take_flags());
}

static void add_integer(uint32_t value)
{
    add_word(value);
    add_word(take_flags());
}

/* In assembly, so that it is one instruction, in the mode of fcsr. */
#define OPERATE2(name, type, a, b)                                                                 \
    ({                                                                                             \
        type result_;                                                                              \
        __asm__ volatile(name " %0, %1, %2" : "=f"(result_) : "f"(a), "f"(b));                     \
        result_;                                                                                   \
    })
#define OPERATE1(name, type, a)                                                                    \
    ({                                                                                             \
        type result_;                                                                              \
        __asm__ volatile(name " %0, %1" : "=f"(result_) : "f"(a));                                 \
        result_;                                                                                   \
    })
#define OPERATE3(name, type, a, b, c)                                                              \
    ({                                                                                             \
        type result_;                                                                              \
        __asm__ volatile(name " %0, %1, %2, %3" : "=f"(result_) : "f"(a), "f"(b), "f"(c));         \
        result_;                                                                                   \
    })
#define COMPARE(name, a, b)                                                                        \
    ({                                                                                             \
        uint32_t result_;                                                                          \
        __asm__ volatile(name " %0, %1, %2" : "=r"(result_) : "f"(a), "f"(b));                     \
        result_;                                                                                   \
    })
#define TO_INTEGER(name, a)                                                                        \
    ({                                                                                             \
        uint32_t result_;                                                                          \
        __asm__ volatile(name " %0, %1" : "=r"(result_) : "f"(a));                                 \
        result_;                                                                                   \
    })

static float single_at(uint32_t index)
{
    union {
        uint32_t word;
        float number;
    } bits = {.word = SINGLES[index]};
    return bits.number;
}

static double double_at(uint32_t index)
{
    union {
        uint64_t word;
        double number;
    } bits = {.word = DOUBLES[index]};
    return bits.number;
}

static void try_singles(void)
{
    for (uint32_t i = 0; i < COUNT(SINGLES); i++) {
        float a = single_at(i);
        add_single(OPERATE1("fsqrt.s", float, a));
        add_double(OPERATE1("fcvt.d.s", double, a));
        add_integer(TO_INTEGER("fcvt.w.s", a));
        add_integer(TO_INTEGER("fcvt.wu.s", a));
        add_integer(TO_INTEGER("fclass.s", a));
        for (uint32_t j = 0; j < COUNT(SINGLES); j++) {
            float b = single_at(j);
            add_single(OPERATE2("fadd.s", float, a, b));
            add_single(OPERATE2("fsub.s", float, a, b));
            add_single(OPERATE2("fmul.s", float, a, b));
            add_single(OPERATE2("fdiv.s", float, a, b));
            add_single(OPERATE2("fmin.s", float, a, b));
            add_single(OPERATE2("fmax.s", float, a, b));
            add_single(OPERATE2("fsgnjx.s", float, a, b));
            add_integer(COMPARE("feq.s", a, b) | COMPARE("flt.s", a, b) << 1);
            add_integer(COMPARE("fle.s", a, b));
            float c = single_at((i + j) % COUNT(SINGLES));
            add_single(OPERATE3("fmadd.s", float, a, b, c));
            add_single(OPERATE3("fnmsub.s", float, a, b, c));
        }
    }
}

static void try_doubles(void)
{
    for (uint32_t i = 0; i < COUNT(DOUBLES); i++) {
        double a = double_at(i);
        add_double(OPERATE1("fsqrt.d", double, a));
        add_single(OPERATE1("fcvt.s.d", float, a));
        add_integer(TO_INTEGER("fcvt.w.d", a));
        add_integer(TO_INTEGER("fcvt.wu.d", a));
        add_integer(TO_INTEGER("fclass.d", a));
        for (uint32_t j = 0; j < COUNT(DOUBLES); j++) {
            double b = double_at(j);
            add_double(OPERATE2("fadd.d", double, a, b));
            add_double(OPERATE2("fsub.d", double, a, b));
            add_double(OPERATE2("fmul.d", double, a, b));
            add_double(OPERATE2("fdiv.d", double, a, b));
            add_double(OPERATE2("fmin.d", double, a, b));
            add_double(OPERATE2("fmax.d", double, a, b));
            add_double(OPERATE2("fsgnjn.d", double, a, b));
            add_integer(COMPARE("feq.d", a, b) | COMPARE("flt.d", a, b) << 1);
            add_integer(COMPARE("fle.d", a, b));
            double c = double_at((i + j) % COUNT(DOUBLES));
            add_double(OPERATE3("fmsub.d", double, a, b, c));
            add_double(OPERATE3("fnmadd.d", double, a, b, c));
        }
    }
}

static void print_double(const char *name, double value)
{
    union {
        double number;
        uint32_t words[2];
    } bits = {.number = value};
    print(name);
    print_hex(bits.words[1]);
    print_hex(bits.words[0]);
    print("\n");
}

/* The square root of two, by Newton's method: no instruction of that name. */
static double root_of_two(void)
{
    double guess = 1.0;
    for (int round = 0; round < 6; round++) {
        guess = (guess + 2.0 / guess) / 2.0;
    }
    return guess;
}

/* How many of 32 x 16 points are in the Mandelbrot set, as far as 50 rounds can tell. */
static uint32_t count_mandelbrot(void)
{
    uint32_t inside = 0;
    for (int row = 0; row < 16; row++) {
        for (int column = 0; column < 32; column++) {
            double re = -2.0 + column * (3.0 / 32.0);
            double im = -1.0 + row * (2.0 / 16.0);
            double x = 0.0;
            double y = 0.0;
            int round = 0;
            while (round < 50 && x * x + y * y < 4.0) {
                double next = x * x - y * y + re;
                y = 2.0 * x * y + im;
                x = next;
                round++;
            }
            inside += round == 50;
        }
    }
    return inside;
}

/* A planet and its star for ten thousand steps: errors would add up. */
static double orbit(void)
{
    double x = 1.0, y = 0.0, vx = 0.0, vy = 1.0;
    for (int step = 0; step < 10000; step++) {
        double r = OPERATE1("fsqrt.d", double, x * x + y * y);
        double pull = -0.001 / (r * r * r);
        vx += x * pull;
        vy += y * pull;
        x += 0.001 * vx;
        y += 0.001 * vy;
    }
    return x * vy - y * vx;
}

/* A single in a register must have ones above it: anything else is the canonical NaN. */
static void try_boxes(void)
{
    union {
        uint64_t word;
        double number;
    } unboxed = {.word = 0x000000003f800000};
    uint32_t bits;
    __asm__ volatile("fadd.s ft0, %1, %1\n fmv.x.w %0, ft0" : "=r"(bits) : "f"(unboxed.number) : "ft0");
    print("an unboxed one, twice: ");
    print_hex(bits);
    print("\n");
}

uint32_t guest_main(void)
{
    CSR_WRITE(fcsr, 0);
    for (uint32_t mode = 0; mode < ROUNDING_MODES; mode++) {
        CSR_WRITE(fcsr, mode << FRM_SHIFT);
        sum = 0;
        try_singles();
        print(MODE_NAMES[mode]);
        print(" singles ");
        print_hex(sum);
        sum = 0;
        try_doubles();
        print(" doubles ");
        print_hex(sum);
        print("\n");
    }
    CSR_WRITE(fcsr, 0);
    try_boxes();
    print_double("root of two ", root_of_two());
    print("mandelbrot ");
    print_decimal(count_mandelbrot());
    print("\n");
    print_double("orbit ", orbit());
    print("flags ");
    print_hex(CSR_READ(fflags) & FLAGS);
    print("\nfloating point: done\n");
    return 0;
}

/* A guest's conscience: writes known patterns to memory and disk, verifies them all the time, and ticks.
 *
 *   pagecheck MEMORY_MIB PAGES_A_ROUND PAUSE_US [DISK [BLOCKS_A_SYNC [DIARY_BLOCKS]]]
 *
 * Each line is `T ROUND BADPAGES BADBLOCKS`: the rounds of one life have no gap and no repetition, whichever host shows them.
 *
 * With DIARY_BLOCKS, that many blocks behind those that are checked are a diary, a ring: who this life is, a round, and the processor's clock at
 * that moment. A copy of a guest has all of the first two but not the clock: what two copies write of the same round differs, wherever it is written.
 * Freestanding (no libc), so that any C compiler and no header is enough.
 */
typedef unsigned long u64;
typedef long s64;

static s64 call(s64 number, s64 a, s64 b, s64 c, s64 d)
{
    s64 result;
    __asm__ volatile("mov %5, %%r10\n\tsyscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(d) : "rcx", "r10", "r11", "memory");
    return result;
}

static u64 *map(u64 size)
{
    s64 result;
    __asm__ volatile(
        "mov $0x22, %%r10\n\tmov $-1, %%r8\n\txor %%r9d, %%r9d\n\tsyscall" /* private, anonymous */
        : "=a"(result) : "a"(9L), "D"(0L), "S"(size), "d"(3L) : "rcx", "r8", "r9", "r10", "r11", "memory");
    return (u64 *)result;
}

enum { WRITE = 1, OPEN = 2, PREAD = 17, PWRITE = 18, NANOSLEEP = 35, EXIT = 60, FDATASYNC = 75, GETRANDOM = 318 };
enum { PAGE = 4096, WORDS = PAGE / 8, MOST_PAGES = 262144, BLOCKS = 256, BLOCKS_EVERY = 16, DIARY_EVERY = 4, NO_WAIT = 4, DIRECT = 040000, READ_WRITE = 2 };

static unsigned generation[MOST_PAGES];
static unsigned written[BLOCKS];
static u64 block[WORDS] __attribute__((aligned(4096)));

static u64 word(u64 place, u64 count, u64 index)
{
    return (place << 40) ^ (count << 12) ^ index ^ 0x5a00000000000000ul ^ (count * 0x9e3779b97f4a7c15ul);
}

static void fill(u64 *page, u64 place, u64 count)
{
    for (u64 i = 0; i < WORDS; i++) page[i] = word(place, count, i);
}

static int differs(const u64 *page, u64 place, u64 count)
{
    for (u64 i = 0; i < WORDS; i++) if (page[i] != word(place, count, i)) return 1;
    return 0;
}

static char *number(char *at, u64 value)
{
    char digits[20];
    int count = 0;
    do digits[count++] = (char)('0' + value % 10); while (value /= 10);
    while (count) *at++ = digits[--count];
    *at++ = ' ';
    return at;
}

static void say(char kind, u64 a, u64 b, u64 c)
{
    char line[80], *at = line;
    *at++ = kind;
    *at++ = ' ';
    at = number(number(number(at, a), b), c);
    at[-1] = '\n';
    call(WRITE, 1, (s64)line, at - line, 0);
}

static u64 parse(const char *text)
{
    u64 value = 0;
    for (; *text >= '0' && *text <= '9'; text++) value = value * 10 + (u64)(*text - '0');
    return value;
}

/* Reads a block that was written before and compares it, then writes it anew; true when it was not what was written. */
static int check_block(s64 disk, u64 place, u64 round)
{
    int bad = 0;
    if (written[place])
    {
        bad = call(PREAD, disk, (s64)block, PAGE, (s64)(place * PAGE)) != PAGE || differs(block, place, written[place]);
    }
    written[place] = (unsigned)round + 1;
    fill(block, place, written[place]);
    if (call(PWRITE, disk, (s64)block, PAGE, (s64)(place * PAGE)) != PAGE) bad = 1;
    return bad;
}

static u64 clock_now(void)
{
    unsigned low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return ((u64)high << 32) | low;
}

/* Words: a mark, the life, the round, the clock, and all of them together, so that a reader sees whether the block was whole. */
static void write_diary(s64 disk, u64 place, u64 life, u64 round)
{
    for (u64 i = 0; i < WORDS; i++) block[i] = 0;
    block[0] = 0x3159524149444350ul; /* "PCDIARY1" */
    block[1] = life;
    block[2] = round;
    block[3] = clock_now();
    block[4] = block[0] ^ block[1] ^ block[2] ^ block[3];
    call(PWRITE, disk, (s64)block, PAGE, (s64)((BLOCKS + place) * PAGE));
}

static void run(s64 count, char **arguments)
{
    u64 pages = parse(arguments[1]) * 256, batch = parse(arguments[2]), pause = parse(arguments[3]) * 1000, sync = count > 5 ? parse(arguments[5]) : BLOCKS, diary = count > 6 ? parse(arguments[6]) : 0, life = 0;
    s64 disk = count > 4 ? call(OPEN, (s64)arguments[4], READ_WRITE | DIRECT, 0, 0) : -1;
    u64 bad_pages = 0, bad_blocks = 0, next = 0, next_block = 0;
    call(GETRANDOM, (s64)&life, sizeof life, NO_WAIT, 0);
    life ^= clock_now();
    if (pages > MOST_PAGES) pages = MOST_PAGES;
    u64 *memory = map(pages * PAGE);
    for (u64 page = 0; page < pages; page++) fill(memory + page * WORDS, page, 0);
    for (u64 round = 1; ; round++)
    {
        for (u64 i = 0; i < batch; i++)
        {
            u64 *page = memory + next * WORDS;
            if (differs(page, next, generation[next]))
            {
                bad_pages++;
                say('B', next, generation[next], 0);
            }
            fill(page, next, ++generation[next]);
            next = (next + 1) % pages;
        }
        if (disk >= 0 && round % BLOCKS_EVERY == 0)
        {
            if (check_block(disk, next_block, round))
            {
                bad_blocks++;
                say('D', next_block, round, 0);
            }
            next_block = (next_block + 1) % BLOCKS;
            if (sync && next_block % sync == 0) call(FDATASYNC, disk, 0, 0, 0);
        }
        if (disk >= 0 && diary && round % DIARY_EVERY == 0) write_diary(disk, round / DIARY_EVERY % diary, life, round);
        say('T', round, bad_pages, bad_blocks);
        s64 wait[2] = { 0, (s64)pause };
        if (pause) call(NANOSLEEP, (s64)wait, 0, 0, 0);
    }
}

void start(s64 *stack)
{
    run(stack[0], (char **)(stack + 1));
    call(EXIT, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tcall start\n");

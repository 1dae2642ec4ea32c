/* Virtual I/O Device 1.1, sections 2.6 (split virtqueues), 4.2.4 (legacy MMIO), 5.2 (block device). */
#include "virtio-disk.h"
#include "board.h"

#define MAGIC_VALUE REGISTER32(DISK_REGISTERS + 0x000)
#define VERSION REGISTER32(DISK_REGISTERS + 0x004)
#define DEVICE_ID REGISTER32(DISK_REGISTERS + 0x008)
#define GUEST_FEATURES REGISTER32(DISK_REGISTERS + 0x020)
#define GUEST_PAGE_SIZE REGISTER32(DISK_REGISTERS + 0x028)
#define QUEUE_SEL REGISTER32(DISK_REGISTERS + 0x030)
#define QUEUE_NUM_MAX REGISTER32(DISK_REGISTERS + 0x034)
#define QUEUE_NUM REGISTER32(DISK_REGISTERS + 0x038)
#define QUEUE_ALIGN REGISTER32(DISK_REGISTERS + 0x03c)
#define QUEUE_PFN REGISTER32(DISK_REGISTERS + 0x040)
#define QUEUE_NOTIFY REGISTER32(DISK_REGISTERS + 0x050)
#define INTERRUPT_STATUS REGISTER32(DISK_REGISTERS + 0x060)
#define INTERRUPT_ACK REGISTER32(DISK_REGISTERS + 0x064)
#define STATUS REGISTER32(DISK_REGISTERS + 0x070)
#define CAPACITY_LOW REGISTER32(DISK_REGISTERS + 0x100)

#define MAGIC 0x74726976u /* "virt" */
#define LEGACY 1
#define BLOCK_DEVICE 2

#define ACKNOWLEDGE 1
#define DRIVER 2
#define DRIVER_OK 4

#define PAGE_BYTES 4096
#define QUEUE_LENGTH 8

#define DESC_F_NEXT 1
#define DESC_F_WRITE 2
#define AVAIL_F_NO_INTERRUPT 1

#define BLK_T_IN 0
#define BLK_T_OUT 1

struct virtq_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t flags;
    uint16_t next;
};

struct virtq_avail {
    uint16_t flags;
    uint16_t idx;
    uint16_t ring[QUEUE_LENGTH];
};

struct virtq_used_elem {
    uint32_t id;
    uint32_t len;
};

struct virtq_used {
    uint16_t flags;
    uint16_t idx;
    struct virtq_used_elem ring[QUEUE_LENGTH];
};

/* As version 1 wants it: the used ring on the next page. */
static volatile struct {
    struct virtq_desc desc[QUEUE_LENGTH];
    struct virtq_avail avail;
    struct virtq_used used __attribute__((aligned(PAGE_BYTES)));
} queue __attribute__((aligned(PAGE_BYTES)));

static struct {
    uint32_t type;
    uint32_t reserved;
    uint64_t sector;
} header;

static volatile uint8_t status;

uint32_t disk_start(void)
{
    if (MAGIC_VALUE != MAGIC || VERSION != LEGACY || DEVICE_ID != BLOCK_DEVICE) {
        return 0;
    }
    STATUS = 0;
    STATUS = ACKNOWLEDGE;
    STATUS = ACKNOWLEDGE | DRIVER;
    GUEST_FEATURES = 0;
    GUEST_PAGE_SIZE = PAGE_BYTES;
    QUEUE_SEL = 0;
    if (QUEUE_NUM_MAX < QUEUE_LENGTH) {
        return 0;
    }
    QUEUE_NUM = QUEUE_LENGTH;
    QUEUE_ALIGN = PAGE_BYTES;
    QUEUE_PFN = (uint32_t)&queue / PAGE_BYTES;
    queue.avail.flags = AVAIL_F_NO_INTERRUPT;
    STATUS = ACKNOWLEDGE | DRIVER | DRIVER_OK;
    return CAPACITY_LOW;
}

static void describe(uint32_t index, uint32_t address, uint32_t bytes, uint16_t flags)
{
    queue.desc[index].addr = address;
    queue.desc[index].len = bytes;
    queue.desc[index].flags = flags;
    queue.desc[index].next = (uint16_t)(index + 1);
}

static uint32_t transfer(uint32_t type, uint32_t sector, uint32_t address)
{
    uint16_t answers = queue.used.idx;
    header.type = type;
    header.sector = sector;
    status = 0xff;
    describe(0, (uint32_t)&header, sizeof header, DESC_F_NEXT);
    describe(1, address, SECTOR_BYTES, type == BLK_T_IN ? DESC_F_NEXT | DESC_F_WRITE : DESC_F_NEXT);
    describe(2, (uint32_t)&status, 1, DESC_F_WRITE);
    queue.avail.ring[queue.avail.idx % QUEUE_LENGTH] = 0;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    queue.avail.idx++;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    QUEUE_NOTIFY = 0;
    while (queue.used.idx == answers) {
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    INTERRUPT_ACK = INTERRUPT_STATUS;
    return status;
}

uint32_t disk_read(uint32_t sector, void *to)
{
    return transfer(BLK_T_IN, sector, (uint32_t)to);
}

uint32_t disk_write(uint32_t sector, const void *from)
{
    return transfer(BLK_T_OUT, sector, (uint32_t)from);
}

/* A disk behind virtio-mmio, version 1 (legacy), asked and waited for: no interrupts. */
#ifndef VIRTIO_DISK_H
#define VIRTIO_DISK_H

#include <stdint.h>

#define SECTOR_BYTES 512

/* Addresses of the device's registers, for whoever maps them. */
#define DISK_REGISTERS 0x10001000u

/* Number of sectors, or 0 if there is no disk. Memory must be mapped at its physical addresses. */
uint32_t disk_start(void);

/* Status of the request: 0 done, 1 error, 2 not supported. */
uint32_t disk_read(uint32_t sector, void *to);
uint32_t disk_write(uint32_t sector, const void *from);

#endif

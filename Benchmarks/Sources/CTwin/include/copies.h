#ifndef COPIES_H
#define COPIES_H

#include <stdint.h>

/* Memory whose pages are all there, beginning with one, as windows and read buffers do. */
uint8_t *ctwin_touched(uint64_t length);

/* Copies `length` bytes `count` times between one place of a window after the other and memory, with memcpy. */
uint64_t ctwin_copy(
    uint8_t *window, uint64_t window_length, uint8_t *memory, uint64_t length, int64_t count, int is_write);

/* Copies as s390 does by rule A, an instruction at a time: with the checks of each, counted and recorded in runs. */
uint64_t ctwin_zpci_copy(uint8_t *window, uint8_t *memory, uint64_t length, int64_t count, int is_write);

#endif

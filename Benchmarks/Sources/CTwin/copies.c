#include "copies.h"

#include <stdlib.h>
#include <string.h>

uint64_t ctwin_copy(
    uint8_t *window, uint64_t window_length, uint8_t *memory, uint64_t length, int64_t count, int is_write) {
  uint64_t sum = 0, slots = window_length / length;
  for (int64_t i = 0; i < count; i++) {
    uint8_t *at = window + (uint64_t)i % slots * length;
    if (is_write)
      memcpy(at, memory, length);
    else
      memcpy(memory, at, length);
    sum = sum * 31 + length;
  }
  return sum;
}

uint8_t *ctwin_touched(uint64_t length) {
  uint8_t *bytes = aligned_alloc(4096, (length + 4095) & ~4095ull);
  if (bytes) memset(bytes, 1, length);
  return bytes;
}

/* A run of equal accesses, as the model records them. */
struct run {
  int instruction;
  uint64_t offset, length, count;
};

struct function {
  uint32_t handle;
  int state, is_present, regions[6];
  uint64_t longest_block, loads, stores, blocks;
  void *planned;
};

struct log {
  struct run *runs;
  uint64_t count, capacity, next;
};

static void note(struct log *log, int instruction, uint64_t offset, uint64_t length) {
  struct run *last = log->count ? &log->runs[log->count - 1] : 0;
  if (last && log->next == offset && last->length == length && last->instruction == instruction) {
    last->count++;
  } else {
    if (log->count == log->capacity) {
      log->capacity = log->capacity ? 2 * log->capacity : 8;
      log->runs = realloc(log->runs, log->capacity * sizeof *log->runs);
    }
    log->runs[log->count++] = (struct run){instruction, offset, length, 1};
  }
  log->next = offset + length;
}

static int accepts(const struct function *function, unsigned space) { return function->regions[space] == 0; }

static int is_refused(const struct function *function, uint64_t request, uint64_t offset) {
  uint32_t handle = request >> 32;
  unsigned space = request >> 16 & 15;
  uint64_t length = request & 15;
  if (!(handle & 0x80000000)) return 3;
  if (handle != function->handle || !function->is_present) return 3;
  if (function->state >= 4) return 1;
  if (space > 5) return 2;
  if (length == 0 || length > 8 - (offset & 7)) return 5;
  return accepts(function, space) ? 0 : 5;
}

static int is_block_refused(const struct function *function, uint64_t request, uint64_t offset, uint64_t source) {
  uint32_t handle = request >> 32;
  unsigned space = request >> 16 & 15;
  uint64_t length = request & 0x1fff;
  if (!(handle & 0x80000000)) return 3;
  if (handle != function->handle || !function->is_present) return 3;
  if (function->state >= 4) return 1;
  if (space > 5) return 2;
  if ((offset & 7) || length <= 8 || (length & 7) || length > function->longest_block) return 6;
  if ((offset & 4095) + length > 4096 || (source & 7)) return 6;
  return accepts(function, space) ? 0 : 5;
}

/* Rule A: the largest power of two that divides both addresses and is left. */
static uint64_t piece(uint64_t offset, uint64_t address, uint64_t left, uint64_t longest) {
  uint64_t size = 1ull << (63 - __builtin_clzll(left < longest ? left : longest));
  uint64_t common = offset | address | size;
  return common & -common;
}

uint64_t ctwin_zpci_copy(uint8_t *window, uint8_t *memory, uint64_t length, int64_t count, int is_write) {
  uint64_t sum = 0;
  for (int64_t i = 0; i < count; i++) {
    struct function function = {.handle = 0x80020001, .is_present = 1, .longest_block = 128};
    struct log log = {0};
    uint64_t offset = 0, left = length;
    uint64_t request = (uint64_t)function.handle << 32 | 2 << 16;
    while (left) {
      uint64_t size = piece(offset, offset, left, is_write ? 128 : 8);
      if (size > 8) {
        if (function.planned || is_block_refused(&function, request | size, offset, offset)) return 0;
        for (uint64_t at = 0; at < size; at += 8) memcpy(window + offset + at, memory + offset + at, 8);
        function.blocks++;
      } else {
        if (function.planned || is_refused(&function, request | size, offset)) return 0;
        if (is_write) {
          memcpy(window + offset, memory + offset, size);
          function.stores++;
        } else {
          memcpy(memory + offset, window + offset, size);
          function.loads++;
        }
      }
      note(&log, size > 8 ? 2 : is_write, offset, size);
      offset += size;
      left -= size;
    }
    sum = sum * 31 + log.count + function.loads + function.stores + function.blocks;
    free(log.runs);
  }
  return sum;
}

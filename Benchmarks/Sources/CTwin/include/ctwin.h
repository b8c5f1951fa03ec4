#ifndef CTWIN_H
#define CTWIN_H

#include <stdint.h>

/* A DAX window as a driver keeps it. */
struct ctwin_window {
  uint64_t kernel_address;
  uint64_t physical_address;
  uint64_t length;
  int alive;
};

/* What a page offset stands for. */
struct ctwin_translation {
  int64_t pages;
  uint64_t kernel_address;
  uint64_t frame;
};

/* Calls the translation `count` times through a table of operations, as the DAX core does, with offsets and page
   counts from the generator that the Swift side uses too; with the checks of the DAX core around it if `checked`.
   Returns a checksum of all results. */
uint64_t ctwin_direct_access(const struct ctwin_window *window, uint64_t seed, int64_t count, int checked);

#endif

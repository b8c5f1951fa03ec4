#include "ctwin.h"

/* The clamp of the driver, its unsigned underflow past the end of the window included. */
static struct ctwin_translation translate(const struct ctwin_window *window, uint64_t page, int64_t wanted) {
  uint64_t available = window->length / 4096 - page;
  uint64_t offset = page << 12;
  struct ctwin_translation result = {
      .pages = (uint64_t)wanted > available ? (int64_t)available : wanted,
      .kernel_address = window->kernel_address + offset,
      .frame = (window->physical_address + offset) >> 12,
  };
  return result;
}

struct operations {
  struct ctwin_translation (*direct_access)(const struct ctwin_window *, uint64_t, int64_t);
};

/* Volatile, so that the call stays indirect. */
static const struct operations table = {translate};
static const struct operations *volatile operations = &table;

/* The checks of the DAX core around the driver's function. */
static struct ctwin_translation translate_checked(const struct ctwin_window *window, uint64_t page, int64_t wanted) {
  struct ctwin_translation result = {.pages = 0};
  if (!window) {
    result.pages = -95;
  } else if (!window->alive) {
    result.pages = -6;
  } else if (wanted < 0) {
    result.pages = -22;
  } else {
    result = operations->direct_access(window, page, wanted);
    if (result.pages == 0)
      result.pages = -34;
    else if (result.pages > wanted)
      result.pages = wanted;
  }
  return result;
}

uint64_t ctwin_direct_access(const struct ctwin_window *window, uint64_t seed, int64_t count, int checked) {
  uint64_t state = seed, sum = 0, pages = window->length / 4096;
  for (int64_t i = 0; i < count; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    uint64_t page = (state >> 33) & (pages - 1);
    int64_t wanted = (int64_t)(state >> 60);
    struct ctwin_translation found =
        checked ? translate_checked(window, page, wanted) : operations->direct_access(window, page, wanted);
    sum = sum * 31 + (uint64_t)found.pages + found.kernel_address + found.frame;
  }
  return sum;
}

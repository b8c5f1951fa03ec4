/*
 * memunmap_pages() of Linux 5.10 against PINS tasks that pin the first page and put it, and HOLDS that never put it.
 * The window has 512 pages. How it is written is said in readers.pml.
 */
#ifndef PINS
#define PINS 2
#endif
#ifndef HOLDS
#define HOLDS 0
#endif
#define PAGES 512

byte dead = 0;
bool hasEnded = false;

short refs = PAGES + 1;
byte state = 0;
byte done = 0;
short page = 1;
bool mapped = true;
bool owned = true;
bool freed = false;

#ifdef FIND_OOPS
#define DIE dead = _pid + 1; assert(false)
#else
#define DIE dead = _pid + 1
#endif

#include "pin.inc"

active [PINS] proctype pin()
{
  PIN(false)
}

#if HOLDS > 0
active [HOLDS] proctype hold()
{
  PIN(true)
}
#endif

active proctype unmap()
{
  atomic { dead == 0 -> state = DRAINING; PUT(1) }                         /* memunmap_pages.killReference */
  atomic { dead == 0 ->                                                    /* putPages */
    page--;
    if
    :: page == 0 -> PUT(PAGES)
    :: else -> PUT(PAGES - 1)
    fi }
  atomic { dead == 0 && done > 0 -> done-- }                               /* waitForReference */
  atomic { dead == 0 -> state = EXITED }                                   /* exitReference */
  atomic { dead == 0 -> skip }                                             /* unmapRange */
  atomic { dead == 0 -> skip }                                             /* pageunmap_range.removeFromZone */
  atomic { dead == 0 -> mapped = false; page = 0 }                         /* removeMemory */
  atomic { dead == 0 -> skip }                                             /* untrackPfn */
  atomic { dead == 0 -> owned = false }                                    /* erasePagemap */
  atomic { dead == 0 -> hasEnded = true }                                  /* memunmap_pages.checkAltmap */
  false
}

#ifdef FIND_HANG
/* Only the unmapping ever waits. */
active proctype monitor()
{
  atomic { timeout && dead == 0 && !hasEnded -> assert(false) }
  false
}
#endif

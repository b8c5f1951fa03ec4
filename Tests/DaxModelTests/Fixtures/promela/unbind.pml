/*
 * The whole unbind of the reviewed patch (PATCH v2 on Linux 5.1) against READERS readers, PINS tasks that pin the first page
 * and put it, and HOLDS that never put it. The window has 512 pages. How it is written is said in readers.pml.
 */
#ifndef READERS
#define READERS 1
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef PINS
#define PINS 1
#endif
#ifndef HOLDS
#define HOLDS 0
#endif
#define PAGES 512

#define NOTHING 0
#define ACCESS 1
#define ENXIO 2

byte dead = 0;
byte running = 0;
bool hasEnded = false;

bool alive = true;
byte inside[2];
bit side = 0;
bool freedDax = false;

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

#include "reader.inc"
#include "pin.inc"

#if READERS > 0
active [READERS] proctype reader()
{
  READER(freedDax)
}
#endif

#if PINS > 0
active [PINS] proctype pin()
{
  PIN(false)
}
#endif

#if HOLDS > 0
active [HOLDS] proctype hold()
{
  PIN(true)
}
#endif

/* A line that nobody else notices. */
#define QUIET atomic { dead == 0 -> skip }

active proctype unbind()
{
  bit old = 0;

  QUIET; QUIET;                     /* device_release_driver_internal.lockDevice, releaseDriver */
  QUIET;                            /* __device_release_driver.removeDevice */
  QUIET;                            /* virtio_dev_remove.callDriver */
  QUIET; QUIET; QUIET; QUIET; QUIET; /* virtio_fs_remove: freeQueueDevices to clearPrivate */
  QUIET; QUIET;                     /* virtio_dev_remove.checkReset, acknowledge */
  QUIET; QUIET;                     /* __device_release_driver.unbindCleanup, device_unbind_cleanup.releaseResources */
  QUIET; QUIET;                     /* devres_release_all.takeList, releaseNewest */
  QUIET; QUIET;                     /* virtio_fs_cleanup_dax.readPointer, killDax */
  QUIET;                            /* kill_dax.checkDevice */
  atomic { dead == 0 -> alive = false };                                  /* clearAlive */
  atomic { dead == 0 -> old = side; side = 1 - side };                    /* flipReaders */
  atomic { dead == 0 && inside[old] == 0 -> old = 0 };                    /* waitForReaders */
  QUIET;                            /* virtio_fs_cleanup_dax.putDax */
  atomic { dead == 0 -> freedDax = true };                                /* put_dax.dropInode */
  QUIET;                            /* devres_release_all.releaseNewest */
  atomic { dead == 0 -> state = DRAINING; PUT(1) };                       /* devm_memremap_pages_release.killReference */
  atomic { dead == 0 ->                                                   /* putPages */
    page--;
    if
    :: page == 0 -> PUT(PAGES)
    :: else -> PUT(PAGES - 1)
    fi };
  atomic { dead == 0 -> mapped = false; page = 0 };                       /* removeMemory */
  QUIET;                            /* untrackPfn */
  atomic { dead == 0 -> owned = false };                                  /* erasePagemap */
  QUIET;                            /* checkAltmap */
  QUIET;                            /* devres_release_all.releaseNewest */
  atomic { dead == 0 && done > 0 -> done-- };                             /* virtio_fs_percpu_exit.waitForReference */
  atomic { dead == 0 -> state = EXITED };                                 /* exitReference */
  atomic { dead == 0 -> freed = true; state = LIVE; refs = 0 };           /* releaseNewest: the pagemap */
  QUIET; QUIET; QUIET;              /* the queue array, the tag, the instance */
  QUIET; QUIET;                     /* nothing is left; returnCount */
  QUIET; QUIET;                     /* device_unbind_cleanup.clearDriver, __device_release_driver.driverUnbound */
  atomic { dead == 0 -> hasEnded = true };                                /* device_release_driver_internal.unlockDevice */
  false
}

#ifdef FIND_HANG
/* Only the unbind ever waits. */
active proctype monitor()
{
  atomic { timeout && dead == 0 && !hasEnded -> assert(false) }
  false
}
#endif

/*
 * kill_dax() of Linux 6.12 against READERS tasks, each of which reads a word of the window ROUNDS times.
 *
 * Written by hand after what the functions do, line by line: each atomic statement is one line. `dead` is the task that
 * the machine died in; then nobody runs any more. What a task holds when it has ended is put back to zero, but for its
 * result, since its stack is gone.
 *
 * -DFIND_OOPS and -DFIND_HANG turn what is looked for into a failed assertion.
 */
#ifndef READERS
#define READERS 2
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif

#define NOTHING 0
#define ACCESS 1
#define ENXIO 2

byte dead = 0;
byte running = READERS + 1;

bool alive = true;
byte inside[2];
bit side = 0;

#ifdef FIND_OOPS
#define DIE dead = _pid + 1; assert(false)
#else
#define DIE dead = _pid + 1
#endif

#include "reader.inc"

active [READERS] proctype reader()
{
  READER(false)
}

/* kill_dax() */
active proctype kill()
{
  bit old = 0;

  atomic { dead == 0 -> skip }                                            /* checkDevice */
  atomic { dead == 0 -> alive = false }                                   /* clearAlive */
  atomic { dead == 0 -> old = side; side = 1 - side }                     /* flipReaders */
  atomic { dead == 0 && inside[old] == 0 -> old = 0; running-- }          /* waitForReaders */
  false
}

#include "monitor.inc"

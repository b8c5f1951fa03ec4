// libedit as Swift can call it.
//
// Swift cannot call variadic C functions, and `el_set`, `el_get` and `history_w` are variadic: each form that
// the program needs has an inline wrapper here. There is nothing to compile.

#ifndef CEDITLINE_SHIM_H
#define CEDITLINE_SHIM_H

#include <histedit.h>
#include <stdio.h>
#include <stddef.h>
#include <wchar.h>

// The C library's own streams: Swift 6 does not let them be named, being global variables.
static inline FILE *ced_stdin(void) { return stdin; }
static inline FILE *ced_stdout(void) { return stdout; }
static inline FILE *ced_stderr(void) { return stderr; }

extern char **environ;
static inline char **ced_environment(void) { return environ; }

// Columns that a character takes on a terminal, or -1. Hidden by the headers unless asked for by macro.
extern int wcwidth(wchar_t);
static inline int ced_width(unsigned int scalar) { return wcwidth((wchar_t)scalar); }

// Settings of an editor.

static inline int ced_set_context(EditLine *el, void *context) { return el_set(el, EL_CLIENTDATA, context); }

static inline void *ced_context(EditLine *el) {
  void *context = NULL;
  return el_get(el, EL_CLIENTDATA, &context) == 0 ? context : NULL;
}

static inline int ced_set_editor(EditLine *el, const char *name) { return el_set(el, EL_EDITOR, name); }

static inline const char *ced_editor(EditLine *el) {
  const char *name = NULL;
  return el_get(el, EL_EDITOR, &name) == 0 ? name : NULL;
}

static inline int ced_set_signals(EditLine *el, int handled) { return el_set(el, EL_SIGNAL, handled); }

static inline int ced_set_reader(EditLine *el, int (*reader)(EditLine *, wchar_t *)) {
  return el_wset(el, EL_GETCFN, reader);
}

static inline int ced_set_prompt(EditLine *el, wchar_t *(*prompt)(EditLine *), int literal) {
  return el_wset(el, EL_PROMPT_ESC, prompt, literal);
}

static inline int ced_set_history(EditLine *el, HistoryW *history) {
  return el_wset(el, EL_HIST, history_w, history);
}

static inline int ced_add_function(
    EditLine *el, const char *name, const char *help, unsigned char (*function)(EditLine *, int)) {
  return el_set(el, EL_ADDFN, name, help, function);
}

static inline int ced_bind(EditLine *el, const char *key, const char *function) {
  return el_set(el, EL_BIND, key, function, NULL);
}

// Actions of an editor.

static inline int ced_refresh(EditLine *el) { return el_set(el, EL_REFRESH); }
static inline int ced_prepare_terminal(EditLine *el, int raw) { return el_set(el, EL_PREP_TERM, raw); }

// History.

static inline int ced_history_set_size(HistoryW *history, int entries) {
  HistEventW event;
  return history_w(history, &event, H_SETSIZE, entries);
}

static inline int ced_history_set_unique(HistoryW *history, int unique) {
  HistEventW event;
  return history_w(history, &event, H_SETUNIQUE, unique);
}

static inline int ced_history_enter(HistoryW *history, const wchar_t *line) {
  HistEventW event;
  return history_w(history, &event, H_ENTER, line);
}

#endif

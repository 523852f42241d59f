/* GStreamer Kafka elements
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* For the thread sanitizer only: lets it see the threads and locks of libraries
 * that are not built with it, so that what they order is not taken for a race.
 *
 * librdkafka uses the C library's C11 threads, which the sanitizer doesn't
 * know: here they are POSIX threads, which it does. (In glibc the types are the
 * same but for their names.) GLib's GMutex is a futex of its own: here each
 * lock and unlock tells the sanitizer. The last reference to an object, too,
 * comes after all others, by atomic operations in libraries. */

#include <gst/gst.h>

#include <dlfcn.h>
#include <pthread.h>
#include <threads.h>

extern "C" void __tsan_acquire (void *address);
extern "C" void __tsan_release (void *address);

namespace {

template <typename Function>
Function
real (Function, const char *name)
{
  return reinterpret_cast<Function> (dlsym (RTLD_NEXT, name));
}

struct Start {
  thrd_start_t function;
  void *data;
};

void *
run_thread (void *data)
{
  Start start = *static_cast<Start *> (data);
  delete static_cast<Start *> (data);
  return reinterpret_cast<void *> (
      static_cast<intptr_t> (start.function (start.data)));
}

int
to_thrd (int error)
{
  switch (error) {
  case 0:
    return thrd_success;
  case EBUSY:
    return thrd_busy;
  case ETIMEDOUT:
    return thrd_timedout;
  case ENOMEM:
    return thrd_nomem;
  default:
    return thrd_error;
  }
}

pthread_mutex_t *
posix (mtx_t *mutex)
{
  static_assert (sizeof (mtx_t) == sizeof (pthread_mutex_t));
  return reinterpret_cast<pthread_mutex_t *> (mutex);
}

pthread_cond_t *
posix (cnd_t *cond)
{
  static_assert (sizeof (cnd_t) == sizeof (pthread_cond_t));
  return reinterpret_cast<pthread_cond_t *> (cond);
}

struct AsyncCall {
  GstElementCallAsyncFunc function;
  gpointer data;
  GDestroyNotify destroy;
};

void
run_call (GstElement *element, gpointer data)
{
  __tsan_acquire (data);
  auto *call = static_cast<AsyncCall *> (data);
  call->function (element, call->data);
}

void
destroy_call (gpointer data)
{
  auto *call = static_cast<AsyncCall *> (data);
  if (call->destroy)
    call->destroy (call->data);
  delete call;
}

} // namespace

extern "C" {

/* ---- C11 ---- */

void
call_once (once_flag *flag, void (*function) (void))
{
  static_assert (sizeof (once_flag) == sizeof (pthread_once_t));
  pthread_once (reinterpret_cast<pthread_once_t *> (flag), function);
}

int
thrd_create (thrd_t *thread, thrd_start_t function, void *data)
{
  auto *start = new Start{ function, data };
  int error = pthread_create (thread, nullptr, run_thread, start);
  if (error)
    delete start;
  return to_thrd (error);
}

int
thrd_join (thrd_t thread, int *result)
{
  void *value = nullptr;
  int error = pthread_join (thread, &value);
  if (result)
    *result = static_cast<int> (reinterpret_cast<intptr_t> (value));
  return to_thrd (error);
}

int
thrd_detach (thrd_t thread)
{
  return to_thrd (pthread_detach (thread));
}

int
mtx_init (mtx_t *mutex, int type)
{
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init (&attributes);
  if (type & mtx_recursive)
    pthread_mutexattr_settype (&attributes, PTHREAD_MUTEX_RECURSIVE);
  int error = pthread_mutex_init (posix (mutex), &attributes);
  pthread_mutexattr_destroy (&attributes);
  return to_thrd (error);
}

int
mtx_lock (mtx_t *mutex)
{
  return to_thrd (pthread_mutex_lock (posix (mutex)));
}

int
mtx_trylock (mtx_t *mutex)
{
  return to_thrd (pthread_mutex_trylock (posix (mutex)));
}

int
mtx_unlock (mtx_t *mutex)
{
  return to_thrd (pthread_mutex_unlock (posix (mutex)));
}

void
mtx_destroy (mtx_t *mutex)
{
  pthread_mutex_destroy (posix (mutex));
}

int
cnd_init (cnd_t *cond)
{
  return to_thrd (pthread_cond_init (posix (cond), nullptr));
}

int
cnd_signal (cnd_t *cond)
{
  return to_thrd (pthread_cond_signal (posix (cond)));
}

int
cnd_broadcast (cnd_t *cond)
{
  return to_thrd (pthread_cond_broadcast (posix (cond)));
}

int
cnd_wait (cnd_t *cond, mtx_t *mutex)
{
  return to_thrd (pthread_cond_wait (posix (cond), posix (mutex)));
}

int
cnd_timedwait (cnd_t *cond, mtx_t *mutex, const struct timespec *time)
{
  return to_thrd (pthread_cond_timedwait (posix (cond), posix (mutex), time));
}

void
cnd_destroy (cnd_t *cond)
{
  pthread_cond_destroy (posix (cond));
}

/* ---- GLib ---- */

#define REAL(name) static auto real_##name = real (&name, #name)

void (g_mutex_lock) (GMutex *mutex)
{
  REAL (g_mutex_lock);
  real_g_mutex_lock (mutex);
  __tsan_acquire (mutex);
}

gboolean (g_mutex_trylock) (GMutex *mutex)
{
  REAL (g_mutex_trylock);
  gboolean is_locked = real_g_mutex_trylock (mutex);
  if (is_locked)
    __tsan_acquire (mutex);
  return is_locked;
}

void (g_mutex_unlock) (GMutex *mutex)
{
  REAL (g_mutex_unlock);
  __tsan_release (mutex);
  real_g_mutex_unlock (mutex);
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  REAL (g_cond_wait);
  __tsan_release (mutex);
  real_g_cond_wait (cond, mutex);
  __tsan_acquire (mutex);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  REAL (g_cond_wait_until);
  __tsan_release (mutex);
  gboolean is_signalled = real_g_cond_wait_until (cond, mutex, end_time);
  __tsan_acquire (mutex);
  return is_signalled;
}

/* What is in it is made by whoever comes first. */
void
g_rec_mutex_init (GRecMutex *mutex)
{
  REAL (g_rec_mutex_init);
  real_g_rec_mutex_init (mutex);
  __tsan_release (mutex);
}

void
g_rec_mutex_lock (GRecMutex *mutex)
{
  REAL (g_rec_mutex_lock);
  __tsan_acquire (mutex);
  real_g_rec_mutex_lock (mutex);
}

gboolean
g_rec_mutex_trylock (GRecMutex *mutex)
{
  REAL (g_rec_mutex_trylock);
  __tsan_acquire (mutex);
  return real_g_rec_mutex_trylock (mutex);
}

void
g_rec_mutex_unlock (GRecMutex *mutex)
{
  REAL (g_rec_mutex_unlock);
  __tsan_release (mutex);
  real_g_rec_mutex_unlock (mutex);
}

/* To a thread of a pool's, by a queue of GLib's. */
void
gst_element_call_async (GstElement *element, GstElementCallAsyncFunc function,
    gpointer data, GDestroyNotify destroy)
{
  REAL (gst_element_call_async);
  auto *call = new AsyncCall{ function, data, destroy };
  __tsan_release (call);
  real_gst_element_call_async (element, run_call, call, destroy_call);
}

void
gst_mini_object_unref (GstMiniObject *object)
{
  REAL (gst_mini_object_unref);
  __tsan_acquire (object);
  __tsan_release (object);
  real_gst_mini_object_unref (object);
}

void (g_object_unref) (gpointer object)
{
  REAL (g_object_unref);
  __tsan_acquire (object);
  __tsan_release (object);
  real_g_object_unref (object);
}

} // extern "C"

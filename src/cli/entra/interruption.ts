/**
 * Ctrl-C, or SIGTERM, as a signal. A second one ends the process at once, as it would without this; the state survives
 * that as well.
 */
export function interruption(onFirst: () => void): AbortSignal {
  const interrupted = new AbortController()
  const stop = () => {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    onFirst()
    interrupted.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return interrupted.signal
}

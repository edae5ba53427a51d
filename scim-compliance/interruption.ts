/** Ctrl-C, or SIGTERM, as a signal. A second one ends the process at once. */
export function interruption(onFirst: () => void): {
  readonly signal: AbortSignal
  readonly off: () => void
} {
  const interrupted = new AbortController()
  const off = () => {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
  const stop = () => {
    off()
    onFirst()
    interrupted.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return { signal: interrupted.signal, off }
}

/**
 * Ctrl-C or SIGTERM as an AbortSignal. A second one ends the process at once, as it would without this handler; state
 * files survive that.
 */
export function stopOnSignal(): AbortSignal {
  const interrupted = new AbortController()
  const stop = () => {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    process.stderr.write(
      '\nscimulator: stopping after the running requests; press Ctrl-C again to stop at once\n',
    )
    interrupted.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return interrupted.signal
}

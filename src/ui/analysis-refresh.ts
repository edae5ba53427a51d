import { useEffect } from 'preact/hooks'
import type { AnalysisProgress } from '../domain/contract/findings.ts'
import type { Loaded } from './load.ts'

/** Milliseconds between loads while requests wait for the analysis, and while none does. */
const intervals = { behind: 2000, current: 5000 }

/**
 * Reloads what depends on the analysis at intervals, while the tab is visible: no event says that the analysis begins to lag, that
 * it proceeds, or that a client sends no more requests.
 */
export function useAnalysisRefresh({
  value,
  loading,
  reload,
}: Loaded<{ readonly analysis: AnalysisProgress }>): void {
  const isLoading = loading.value
  const interval = value.value?.analysis.current === false ? intervals.behind : intervals.current
  useEffect(() => {
    if (isLoading) return undefined
    const timer = setInterval(() => {
      if (!document.hidden) reload()
    }, interval)
    return () => clearInterval(timer)
  }, [isLoading, interval])
}

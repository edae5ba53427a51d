import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { CallKey, InputArguments, Item, Output, PageKey } from '../domain/contract/client.ts'
import type { AnalysisProgress } from '../domain/contract/findings.ts'
import { ApiProblem, call } from './api.ts'
import { type LiveKind, onLive } from './live.ts'
import { isBackNavigation } from './router.ts'

export type Loaded<Value> = {
  readonly value: ReadonlySignal<Value | undefined>
  readonly problem: ReadonlySignal<ApiProblem | undefined>
  readonly loading: ReadonlySignal<boolean>
  readonly reload: () => void
}

export const toApiProblem = (error: unknown): ApiProblem =>
  error instanceof ApiProblem ? error : new ApiProblem(error instanceof Error ? error.message : String(error))

type Extra = {
  readonly cursor?: string | undefined
  readonly limit?: number | undefined
  readonly signal: AbortSignal
}

const extend = <Key extends CallKey>([input]: InputArguments<Key>, { cursor, limit, signal }: Extra) => {
  const query = { ...(input?.query as object | undefined), cursor, ...(limit !== undefined && { limit }) }
  return [{ ...input, query, signal }] as unknown as InputArguments<Key>
}

export function useLoad<Key extends CallKey & `GET ${string}`>(
  key: Key,
  ...input: InputArguments<Key>
): Loaded<Output<Key>> {
  const value = useSignal<Output<Key> | undefined>(undefined)
  const problem = useSignal<ApiProblem | undefined>(undefined)
  const loading = useSignal(true)
  const reloads = useSignal(0)
  const callId = JSON.stringify([key, input])
  const loadedCall = useRef(callId)

  useEffect(() => {
    if (loadedCall.current !== callId) value.value = undefined
    loadedCall.current = callId
    const controller = new AbortController()
    loading.value = true
    call(key, ...extend<Key>(input, { signal: controller.signal }))
      .then(response => {
        if (controller.signal.aborted) return
        value.value = response
        problem.value = undefined
        loading.value = false
      })
      .catch((error: unknown) => {
        if (controller.signal.aborted) return
        problem.value = toApiProblem(error)
        loading.value = false
      })
    return () => controller.abort()
  }, [callId, reloads.value])

  return { value, problem, loading, reload: () => void reloads.value++ }
}

/** Something that is done once, such as the check of a file: its result, or why there is none. */
export function useTask<Result>() {
  const [state, setState] = useState<{
    readonly result?: Result
    readonly problem?: ApiProblem
    readonly busy?: true
  }>({})
  const run = async (task: () => Promise<Result>) => {
    setState({ busy: true })
    setState(
      await task().then(
        result => ({ result }),
        error => ({ problem: toApiProblem(error) }),
      ),
    )
  }
  return { ...state, run, clear: () => setState({}) }
}

type Page<Item> = {
  readonly items: readonly Item[]
  readonly next?: string | undefined
  readonly since?: string | undefined
}

export type Pages<Item> = {
  readonly items: ReadonlySignal<readonly Item[]>
  readonly problem: ReadonlySignal<ApiProblem | undefined>
  readonly loading: ReadonlySignal<boolean>
  readonly hasMore: ReadonlySignal<boolean>
  /** Where a history begins whose older changes are deleted. */
  readonly since: ReadonlySignal<string | undefined>
  readonly loadMore: () => void
  /** Loads as many items as there are, so that the reader keeps the place. */
  readonly reload: () => void
  /** All items of the list, for an export. */
  readonly all: () => Promise<readonly Item[]>
}

/** The page size of the API: a reload asks for as many rows at least, since a short list may have grown. */
const defaultPage = 50
const maxPage = 200

/** The numbers of items that were loaded at an address, so that Back finds the row that was opened. */
const loadedAt = new Map<string, number>()

export function usePages<Key extends PageKey>(key: Key, ...input: InputArguments<Key>): Pages<Item<Key>> {
  type Row = Item<Key>
  const items = useSignal<readonly Row[]>([])
  const problem = useSignal<ApiProblem | undefined>(undefined)
  const loading = useSignal(true)
  const next = useSignal<string | undefined>(undefined)
  const hasMore = useSignal(false)
  const since = useSignal<string | undefined>(undefined)
  const reloads = useSignal(0)
  const current = useRef<AbortController>(new AbortController())
  const address = useRef(location.href)
  const callId = JSON.stringify([key, input])
  const loadedCall = useRef('')

  const fetchPage = (extra: Extra) =>
    call(key, ...extend<Key>(input, extra)) as Promise<unknown> as Promise<Page<Row>>

  const load = (before: readonly Row[], cursor: string | undefined, count: number) => {
    const { signal } = current.current
    loading.value = true
    fetchPages(cursor === undefined ? [] : before, cursor, count, signal)
      .then(page => {
        if (signal.aborted) return
        items.value = page.items
        next.value = page.next
        hasMore.value = page.next !== undefined
        since.value = page.since
        problem.value = undefined
        loading.value = false
      })
      .catch((error: unknown) => {
        if (signal.aborted) return
        problem.value = toApiProblem(error)
        loading.value = false
      })
  }

  /** Pages until there are `count` items; one page at least. */
  async function fetchPages(
    before: readonly Row[],
    cursor: string | undefined,
    count: number,
    signal: AbortSignal,
  ): Promise<Page<Row>> {
    const missing = count - before.length
    const limit = missing > defaultPage ? Math.min(missing, maxPage) : undefined
    const page = await fetchPage({ cursor, signal, limit })
    const found = [...before, ...page.items]
    return found.length < count && page.next !== undefined
      ? fetchPages(found, page.next, count, signal)
      : { ...page, items: found }
  }

  useEffect(() => {
    current.current = new AbortController()
    const isSameList = loadedCall.current === callId
    const restored = loadedCall.current === '' && isBackNavigation() ? (loadedAt.get(location.href) ?? 0) : 0
    loadedCall.current = callId
    address.current = location.href
    load([], undefined, isSameList ? items.value.length : restored)
    return () => current.current.abort()
  }, [callId, reloads.value])

  useEffect(
    () => () => {
      loadedAt.set(address.current, items.value.length)
    },
    [],
  )

  return {
    items,
    problem,
    loading,
    hasMore,
    since,
    loadMore: () => {
      if (!loading.value && next.value !== undefined) load(items.value, next.value, 0)
    },
    reload: () => void reloads.value++,
    all: async () =>
      (await fetchPages([], undefined, Number.POSITIVE_INFINITY, current.current.signal)).items,
  }
}

/**
 * Reloads after a change of the console, and returns the number of changes that clients made to a tenant since then: rows don't
 * move under the pointer, they are offered.
 */
export function useNewer(
  tenant: string | undefined,
  reload: () => void,
): { readonly count: number; readonly show: () => void } {
  const count = useSignal(0)
  const show = () => {
    count.value = 0
    reload()
  }
  useEffect(() => {
    count.value = 0
    const stops = [
      onLive('exchange', ({ tenant: of, method, status }) => {
        if (of === tenant && method !== 'GET' && status < 400) count.value++
      }),
      onLive('changed', show),
      onLive('restart', show),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }, [tenant])
  return { count: count.value, show }
}

/** Reloads on events of these kinds, once in `delay` milliseconds. */
export function useReload(reload: () => void, kinds: readonly LiveKind[] = ['changed'], delay = 0): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const reloadSoon = () => {
      timer ??= setTimeout(() => {
        timer = undefined
        reload()
      }, delay)
    }
    const stops = kinds.map(kind => onLive(kind, reloadSoon))
    return () => {
      clearTimeout(timer)
      for (const stop of stops) stop()
    }
  }, [])
}

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

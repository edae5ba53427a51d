import { type ReadonlySignal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { ApiProblem, get } from './api.ts'

export type Loaded<Value> = {
  /** The last response; kept while it is reloaded. */
  readonly value: ReadonlySignal<Value | undefined>
  readonly problem: ReadonlySignal<ApiProblem | undefined>
  readonly loading: ReadonlySignal<boolean>
  readonly reload: () => void
}

export const toApiProblem = (error: unknown): ApiProblem =>
  error instanceof ApiProblem ? error : new ApiProblem(error instanceof Error ? error.message : String(error))

/** Loads a path of the API, and again whenever the path changes. Loads nothing while the path is undefined. */
export function useLoad<Value>(path: string | undefined): Loaded<Value> {
  const value = useSignal<Value | undefined>(undefined)
  const problem = useSignal<ApiProblem | undefined>(undefined)
  const loading = useSignal(path !== undefined)
  const reloads = useSignal(0)
  const loadedPath = useRef(path)

  useEffect(() => {
    if (loadedPath.current !== path) value.value = undefined
    loadedPath.current = path
    if (path === undefined) return
    const controller = new AbortController()
    loading.value = true
    get<Value>(path, controller.signal)
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
  }, [path, reloads.value])

  return { value, problem, loading, reload: () => void reloads.value++ }
}

type Page<Item> = { readonly items: readonly Item[]; readonly next?: string }

export type Pages<Item> = {
  readonly items: ReadonlySignal<readonly Item[]>
  readonly problem: ReadonlySignal<ApiProblem | undefined>
  readonly loading: ReadonlySignal<boolean>
  /** Whether the list has more items than those that are loaded. */
  readonly hasMore: ReadonlySignal<boolean>
  readonly loadMore: () => void
  readonly reload: () => void
}

/** Loads a list of the API page by page: the first page at once, each next page with `loadMore`. */
export function usePages<Item>(path: string | undefined): Pages<Item> {
  const items = useSignal<readonly Item[]>([])
  const problem = useSignal<ApiProblem | undefined>(undefined)
  const loading = useSignal(path !== undefined)
  const next = useSignal<string | undefined>(undefined)
  const hasMore = useSignal(false)
  const reloads = useSignal(0)
  const current = useRef<AbortController>(new AbortController())

  const load = (listPath: string, cursor?: string) => {
    const { signal } = current.current
    loading.value = true
    const separator = listPath.includes('?') ? '&' : '?'
    get<Page<Item>>(
      cursor === undefined ? listPath : `${listPath}${separator}cursor=${encodeURIComponent(cursor)}`,
      signal,
    )
      .then(page => {
        if (signal.aborted) return
        items.value = cursor === undefined ? page.items : [...items.value, ...page.items]
        next.value = page.next
        hasMore.value = page.next !== undefined
        problem.value = undefined
        loading.value = false
      })
      .catch((error: unknown) => {
        if (signal.aborted) return
        problem.value = toApiProblem(error)
        loading.value = false
      })
  }

  useEffect(() => {
    current.current = new AbortController()
    if (path !== undefined) load(path)
    else items.value = []
    return () => current.current.abort()
  }, [path, reloads.value])

  const loadMore = () => {
    if (path !== undefined && !loading.value && next.value !== undefined) load(path, next.value)
  }
  return { items, problem, loading, hasMore, loadMore, reload: () => void reloads.value++ }
}

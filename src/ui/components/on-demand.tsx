import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { ApiProblem } from '../api.ts'
import { hasNavigated, type PageProps } from '../router.ts'
import { Loading, ProblemBox } from './feedback.tsx'

type View = ComponentType<PageProps>

/** A page whose code is loaded when it is opened. */
export function onDemand(load: () => Promise<View>): View {
  let Loaded: View | undefined
  return props => {
    const [problem, setProblem] = useState<ApiProblem>()
    const [, setLoaded] = useState(() => Loaded)
    useEffect(() => {
      if (Loaded) return
      load().then(
        view => {
          Loaded = view
          setLoaded(() => view)
          if (hasNavigated()) requestAnimationFrame(focusHeading)
        },
        // A server of another version has no such file.
        () => setProblem(new ApiProblem('The page was not loaded. Reload it in the browser.')),
      )
    }, [])
    if (problem) return <ProblemBox problem={problem} />
    return Loaded ? <Loaded {...props} /> : <Loading />
  }
}

/** Screen readers and keyboards start at the heading of a new page, as after a page load. */
export const focusHeading = (): void =>
  document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true })

const filePages = () => import('../pages/file-pages.ts')
type Files = Awaited<ReturnType<typeof filePages>>

const views: { readonly [Name in keyof Files]: View } = {
  PreflightPage: onDemand(() => filePages().then(({ PreflightPage }) => PreflightPage)),
  CompareView: onDemand(() => filePages().then(({ CompareView }) => CompareView)),
  SignInView: onDemand(() => filePages().then(({ SignInView }) => SignInView)),
}

/** A view of a page that reads files. */
export function OnDemand({ name, ...props }: PageProps & { readonly name: keyof Files }) {
  const View = views[name]
  return <View {...props} />
}

import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { ApiProblem } from '../api.ts'
import type { PageProps } from '../router.ts'
import { Loading, ProblemBox } from './feedback.tsx'

type View = ComponentType<PageProps>
type Files = typeof import('../pages/file-pages.ts')

/** A view whose code is loaded when it is opened. */
export function OnDemand({ name, ...props }: PageProps & { readonly name: keyof Files }) {
  const [loaded, setLoaded] = useState<{ readonly view?: View; readonly problem?: ApiProblem }>({})
  useEffect(() => {
    import('../pages/file-pages.ts').then(
      files => setLoaded({ view: files[name] }),
      // A server of another version has no such file.
      () => setLoaded({ problem: new ApiProblem('The page was not loaded. Reload it in the browser.') }),
    )
  }, [name])
  const { view: Shown, problem } = loaded
  if (problem) return <ProblemBox problem={problem} />
  return Shown ? <Shown {...props} /> : <Loading />
}

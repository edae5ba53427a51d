import { useState } from 'preact/hooks'
import { type ApiProblem, call } from '../../api.ts'
import { Dialog } from '../../components/dialog.tsx'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { FilePicker } from '../../components/file-picker.tsx'
import { announce } from '../../frame/notice.tsx'
import { toApiProblem } from '../../load.ts'
import { navigate, pathTo } from '../../router.ts'
import { loadTenants, showTenant } from '../../state.ts'

/** Opens a session file as a tenant, then shows its requests. */
export function OpenSessionDialog({ onClose }: { readonly onClose: () => void }) {
  const [isOpening, setOpening] = useState(false)
  const [problem, setProblem] = useState<ApiProblem>()
  const open = async ([file]: readonly File[]) => {
    if (!file) return
    setOpening(true)
    setProblem(undefined)
    try {
      // The type of a file is by its name.
      const body = new Blob([file], { type: 'text/html' })
      const { id } = await call('POST /tenants/open-session', { body })
      announce(`Session opened as tenant ${id}.`)
      await loadTenants()
      showTenant(id)
      navigate(pathTo('activity', {}, { q: `tenant:${id}` }))
    } catch (error) {
      setProblem(toApiProblem(error))
      setOpening(false)
    }
  }
  return (
    <Dialog title="Open session" onClose={onClose}>
      {problem && <ProblemBox problem={problem} />}
      {isOpening ? (
        <Loading label="Opening the session" />
      ) : (
        <FilePicker label="Drop a session file here or choose one" accept=".html,text/html" onFiles={open}>
          Saved with “Export session” or <code>scimulator session export</code>. It becomes a read-only
          tenant, without access tokens. Delete the tenant when you no longer need it.
        </FilePicker>
      )}
    </Dialog>
  )
}

import { useState } from 'preact/hooks'
import { call } from '../../api.ts'
import { Dialog, DialogForm } from '../../components/dialog.tsx'
import { navigate, pathTo } from '../../router.ts'
import { loadTenants } from '../../state.ts'

export function OpenSessionDialog({ onClose }: { readonly onClose: () => void }) {
  const [file, setFile] = useState<File>()
  const open = async () => {
    const { id } = await call('POST /tenants/open-session', { body: file as File })
    await loadTenants()
    navigate(pathTo('activity', {}, { q: `tenant:${id}` }))
  }
  return (
    <Dialog title="Open session" onClose={onClose}>
      <DialogForm label="Open session" onSubmit={open} onClose={onClose}>
        {() => (
          <input
            type="file"
            aria-label="File"
            accept=".html"
            onChange={event => setFile(event.currentTarget.files?.[0])}
          />
        )}
      </DialogForm>
    </Dialog>
  )
}

import { useState } from 'preact/hooks'
import { announce } from '../../announce.ts'
import type { Tenant } from '../../answers.ts'
import { ApiProblem, apiPath, post } from '../../api.ts'
import { ActionButton, ProblemBox } from '../../components/basics.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Field } from '../../components/field.tsx'
import { go, pathTo } from '../../router.ts'
import { loadTenants } from '../../state.ts'
import { Choice } from './choice.tsx'
import { onDeleteWords, profileWords } from './profiles.ts'

/** Makes a tenant; its first token is made on the page that follows. */
export function NewTenantDialog({ onClose }: { readonly onClose: () => void }) {
  const [id, setId] = useState('')
  const [profile, setProfile] = useState('aws')
  const [onDelete, setOnDelete] = useState('retain')
  const [problem, setProblem] = useState<ApiProblem>()
  const make = async () => {
    try {
      const wish = { profile, onDelete, ...(id.trim() !== '' && { id: id.trim() }) }
      const tenant = await post<Tenant>(apiPath(['tenants']), wish)
      announce(`Tenant ${tenant.id} is made. It needs a token.`)
      await loadTenants()
      go(pathTo('tokens', { tenant: tenant.id }))
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      setProblem(error)
    }
  }
  return (
    <Dialog title="New tenant" onClose={onClose}>
      <form onSubmit={event => event.preventDefault()}>
        {problem && <ProblemBox problem={problem} />}
        <Field label="Id" says="Part of its address; generated when it is left empty.">
          {parts => (
            <input
              {...parts}
              value={id}
              onInput={event => setId(event.currentTarget.value)}
              spellcheck={false}
            />
          )}
        </Field>
        <Choice label="Profile" value={profile} words={profileWords} choose={setProfile} />
        <Choice label="A DELETE leaves" value={onDelete} words={onDeleteWords} choose={setOnDelete} />
        <div class="actions">
          <ActionButton tone="primary" act={make}>
            Make it
          </ActionButton>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  )
}

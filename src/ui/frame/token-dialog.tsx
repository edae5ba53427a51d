import { useRef } from 'preact/hooks'
import { hasToken, storeToken, tokenRequired } from '../api.ts'
import { Dialog } from '../components/dialog.tsx'
import { Field } from '../components/field.tsx'
import { loadTenants } from '../state.ts'

// The next request without a valid token opens the dialog again.
const close = () => {
  tokenRequired.value = false
}

/** Prompts for the console token and stores it in this browser. */
export function TokenDialog() {
  const field = useRef<HTMLInputElement>(null)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    storeToken(field.current?.value ?? '')
    void loadTenants()
    location.reload()
  }
  return (
    <Dialog title="Console token required" onClose={close}>
      <form onSubmit={submit}>
        <p>The token was set or printed when the server started.</p>
        <Field label="Console token" error={hasToken() ? 'Invalid token.' : undefined}>
          {props => (
            <input {...props} ref={field} type="password" autocomplete="off" spellcheck={false} required />
          )}
        </Field>
        <p class="actions">
          <button type="submit" class="primary">
            Continue
          </button>
        </p>
      </form>
    </Dialog>
  )
}

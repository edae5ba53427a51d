type Access = 'full' | 'read'

/** Chooses the access of a new token or access key. */
export const AccessField = ({
  value,
  onChange,
}: {
  readonly value: Access
  readonly onChange: (access: Access) => void
}) => (
  <fieldset class="radio-group">
    <legend>Access</legend>
    <label>
      <input type="radio" name="access" checked={value === 'full'} onChange={() => onChange('full')} />
      Read and write
    </label>
    <label>
      <input type="radio" name="access" checked={value === 'read'} onChange={() => onChange('read')} />
      Read-only
    </label>
  </fieldset>
)

import type { ComponentChildren, TargetedEvent } from 'preact'
import { useId, useState } from 'preact/hooks'
import { escapeHidden } from '../../domain/client-text.ts'
import { formatCount } from '../format.ts'

const takesFolder = (input: HTMLInputElement | null) => {
  if (input) input.webkitdirectory = true
}

export function FilePicker({
  label,
  accept = '.json,.csv,application/json,text/csv',
  multiple = false,
  folder,
  onFiles,
  children,
}: {
  readonly label: string
  readonly accept?: string
  readonly multiple?: boolean
  /** The label of a second input, for a folder with all its files. */
  readonly folder?: string
  readonly onFiles: (files: readonly File[]) => void
  readonly children: ComponentChildren
}) {
  const id = useId()
  const [isDragging, setDragging] = useState(false)
  const take = (files: FileList | null | undefined) => {
    const taken = [...(files ?? [])].slice(0, multiple ? undefined : 1)
    if (taken.length > 0) onFiles(taken)
  }
  const onChange = (event: TargetedEvent<HTMLInputElement>) => {
    take(event.currentTarget.files)
    event.currentTarget.value = ''
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the file input in it does the same by keyboard
    <div
      class={`drop-zone ${isDragging ? 'dragging' : ''}`}
      onDragOver={event => {
        event.preventDefault()
        setDragging(true)
      }}
      onDragLeave={() => setDragging(false)}
      onDrop={event => {
        event.preventDefault()
        setDragging(false)
        take(event.dataTransfer?.files)
      }}
    >
      <p>
        <label for={id}>{label}</label>
      </p>
      <p>
        <input id={id} type="file" accept={accept} multiple={multiple} onChange={onChange} />
      </p>
      {folder !== undefined && (
        <p>
          <label>
            {folder} <input type="file" multiple ref={takesFolder} onChange={onChange} />
          </label>
        </p>
      )}
      <p class="muted">{children}</p>
    </div>
  )
}

export const FileNames = ({ files }: { readonly files: readonly File[] }) =>
  files[0] === undefined ? null : (
    <p>{files.length === 1 ? escapeHidden(files[0].name) : formatCount(files.length, 'file')}</p>
  )

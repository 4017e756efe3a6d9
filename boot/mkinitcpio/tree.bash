# For the install hooks of mkinitcpio, which sources it.

# Adds all of the folder $1, with the modes that its files and folders have. (add_full_dir would give folders the modes of
# others, and add its own folder's name, too.)
postern_tree() {
    local path name
    while IFS= read -r -d '' path; do
        name=${path#"$1"}
        if [[ -L $path ]]; then
            add_symlink "$name" "$(readlink "$path")"
        elif [[ -d $path ]]; then
            add_dir "$name" "$(stat -c %a "$path")"
        else
            add_file "$path" "$name" "$(stat -c %a "$path")"
        fi || return
    done < <(LC_ALL=C.UTF-8 find "$1" -mindepth 1 -print0)
}

# Circles of files: who calls whom, as the linker sees it.

# circles_of_files PRESET: every arrow of every circle among the files that relevo is built from, with one symbol that
# makes it. Whoever is in a circle cannot be understood, tested or replaced alone.
circles_of_files() {
    (cd "build/$1" && ninja -t inputs relevo | grep '\.dir/.*\.c\.o$' | xargs nm -A -P) | awk '
        {
            file = $1
            sub(/^.*\.dir\//, "", file)
            sub(/\.o:$/, "", file)
            if ($3 == "U") wanted[file, $2]
            else if ($3 ~ /^[A-Z]$/) home[$2] = file
        }
        END {
            for (pair in wanted) {
                split(pair, part, SUBSEP)
                from = part[1]
                to = home[part[2]]
                if (to == "" || to == from || (from, to) in why) continue
                why[from, to] = part[2]
                next_of[from] = next_of[from] " " to
            }
            for (pair in why) {
                split(pair, part, SUBSEP)
                if (reaches(part[2], part[1])) print part[1] " -> " part[2] " (" why[pair] ")"
            }
        }
        function reaches(from, goal,    seen, queue, count, at, i, n, steps) {
            queue[count = 1] = from
            for (at = 1; at <= count; at++) {
                if (queue[at] == goal) return 1
                n = split(next_of[queue[at]], steps, " ")
                for (i = 1; i <= n; i++)
                    if (!(steps[i] in seen)) {
                        seen[steps[i]]
                        queue[++count] = steps[i]
                    }
            }
            return 0
        }' | sort
}

"""What was handed in: notebooks in a folder or a zip, as the learning platforms give them out, and whose they are.

Nothing is unpacked to disk, links are not followed, and no file is read beyond its limit; names are used only as names.
"""

import csv
import hashlib
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grading.notebooks import SIZE

FILES = 100_000         # in a folder or zip
MOODLE = re.compile(r"^(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)")
CANVAS = re.compile(r"^(?P<name>[^_]+)_(?:LATE_)?(?P<id>\d+)_(?P<number>\d+)_")
ID = re.compile(r"[A-Za-z0-9][\w.@+-]{0,99}", re.ASCII)
COLUMNS = ("student", "name", "email", "id_number", "canvas_id", "sis_user_id", "sis_login_id", "section", "platform_id")


@dataclass(frozen=True)
class Submission:
    """A file that was handed in: `path` inside the folder or zip, the `student`, and the bytes, or why there are none."""

    path: str
    student: str
    data: bytes | None
    problem: str = ""

    @property
    def key(self):
        """A name for the report's file, safe whatever the path is, and another for another path."""
        digest = hashlib.sha256(self.path.encode(errors="surrogatepass")).hexdigest()[:8]
        return f"{safe(self.student)}-{digest}"


def safe(name):
    """Letters, digits, dots and dashes of a name."""
    return re.sub(r"[^\w.-]+", "_", name, flags=re.ASCII).strip("._")[:60] or "_"


def read(place, roster=None):
    """The submissions in a folder or zip, sorted by path.

    Parameters
    ----------
    place : str or Path
    roster : dict, optional
        Of `read_roster`: the platform's number of a student leads to the id that the variant was made with.

    Raises
    ------
    ValueError
        If there is nothing, or far too much.
    """
    place = Path(place)
    if place.is_dir():
        found = list(_folder(place))
    elif zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            found = list(_zip(archive))
    else:
        raise ValueError(f"expected a folder or a zip of submissions; got {place}")
    if not found or len(found) > FILES:
        raise ValueError(f"expected 1 to {FILES} submissions; got {len(found)}")
    ids = {entry["platform_id"]: student for student, entry in (roster or {}).items() if entry["platform_id"]}
    made = []
    for path, data, problem in sorted(found, key=lambda item: item[0]):
        student = whose(path)
        made.append(Submission(path, ids.get(student, student), data, problem))
    return made


def whose(path):
    """The student's id in a path: the number that Moodle or Canvas writes, else the name of the file or its folder."""
    parts = PurePosixPath(path).parts
    for part in reversed(parts):
        match = MOODLE.match(part) or CANVAS.match(part)
        if match:
            return match["id"]
    return parts[-2] if len(parts) > 1 else PurePosixPath(path).stem


def _folder(place):
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place).as_posix()
        if path.is_symlink() or not path.is_file() or _hidden(_parts(name)):
            continue
        if path.stat().st_size > SIZE:
            yield name, None, f"the file is larger than {SIZE // 2**20} MB"
        else:
            yield name, *_opened(path.read_bytes())


def _zip(archive):
    for info in archive.infolist():
        parts = _parts(info.filename)
        if info.is_dir() or not parts or _hidden(parts):
            continue
        data, problem = _member(archive, info)
        yield "/".join(p for p in parts if p not in ("/", "..")), *((data, problem) if problem else _opened(data))


def _parts(name):
    return PurePosixPath(name.replace("\\", "/")).parts


def _hidden(parts):
    """True of what a student did not hand in on purpose: Jupyter's `.ipynb_checkpoints`, macOS's `__MACOSX`, at any level."""
    return any(p == "__MACOSX" or p.startswith(".") and p != ".." for p in parts)


def _member(archive, info):
    """Bytes of a file in a zip, never more than `SIZE`, whatever the zip says of itself."""
    try:
        with archive.open(info) as file:
            data = file.read(SIZE + 1)
    except Exception:      # decompressors raise errors of their own
        return None, "the file in the zip has a password" if info.flag_bits & 1 else "the file in the zip is damaged or packed in an unusual way"
    return (None, f"the file is larger than {SIZE // 2**20} MB") if len(data) > SIZE else (data, "")


def _opened(data):
    """The notebook in a student's own zip; anything else as it is."""
    if not data.startswith(b"PK\x03\x04"):
        return data, ""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            books = sorted((i for i in archive.infolist() if i.filename.endswith(".ipynb") and not _hidden(_parts(i.filename))),
                           key=lambda i: i.filename)
            return _member(archive, books[0]) if books else (None, "there is no notebook in the zip")
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RecursionError):
        return None, "this is no zip, though it begins as one"


def read_roster(path):
    """The class list: student's id -> `COLUMNS`, empty where the file has no such column.

    Parameters
    ----------
    path : str or Path
        CSV with a heading; the column `student` is the id that draws the variant, `platform_id` the number that Moodle or
        Canvas writes into the names of files (`student` if there is no such column).

    Raises
    ------
    ValueError
        If the file is no CSV in UTF-8 with commas, the column `student` is missing, an id is there twice or could not be the
        name of a file, or two students have one number on the platform.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8; save it as 'CSV UTF-8'") from None
    if rows and any(";" in (name or "") for name in rows[0]):
        raise ValueError(f"{path} is separated by semicolons; save it with commas")
    if not rows or "student" not in rows[0]:
        raise ValueError(f'expected a class list with a column "student" in {path}; got {list(rows[0]) if rows else "no row"}')
    roster, numbers = {}, {}
    for row in rows:
        entry = {name: (row.get(name) or "").strip() for name in COLUMNS}
        student, number = entry["student"], entry["platform_id"] or entry["canvas_id"] or entry["student"]
        if not ID.fullmatch(student) or student in roster:
            raise ValueError(f"expected ids of letters, digits and . _ @ + - in {path}, each once; got {student!r}")
        if number in numbers:      # one would get the other's work
            raise ValueError(f"expected a platform_id of its own for each student in {path}; got {number!r} for {numbers[number]} and {student}")
        numbers[number] = student
        roster[student] = entry | {"platform_id": number}
    return roster

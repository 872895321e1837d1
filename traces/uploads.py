"""Files that a form sends, kept in files without a name: nothing of them stays, even if the process is killed."""

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext

from traces.file_batch import NamedFile
from traces.ingest.files.temporary import has_room, open_temporary

# What a form has beside its files.
FORM_BYTES = 64 * 1024
# The last field of a form of files: without it the rest did not arrive.
LAST_FIELD = "whole"


class UploadRefused(Exception):
    """`str()` is a sentence for whoever sent it."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


class UnnamedFileHandler(FileUploadHandler):
    """Writes what arrives to a file that no directory lists."""

    file: UploadedFile

    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]
        self.file = UploadedFile(open_temporary(), self.file_name, self.content_type)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if not has_room(len(raw_data)):
            raise _no_room()
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self.file.seek(0)
        self.file.size = file_size
        return self.file

    def upload_interrupted(self) -> None:
        self.file.close()


def await_files(request: HttpRequest) -> None:
    """Before anything reads the form. Raises UploadRefused for one that is larger than IMPORT_MAX_BYTES, or than the
    disk has room for."""
    size = int(request.META.get("CONTENT_LENGTH") or 0)
    if size > settings.IMPORT_MAX_BYTES + FORM_BYTES:
        raise too_large()
    request.upload_handlers = [UnnamedFileHandler(request)]
    try:
        if not has_room(size):
            raise _no_room()
        _ = request.POST
    except UnreadablePostError:
        raise UploadRefused(gettext("The upload broke off.")) from None
    except (MultiPartParserError, SuspiciousOperation):
        raise UploadRefused(gettext("This is not a form of files, or it has more than a hundred.")) from None
    except OSError:
        raise UploadRefused(gettext("The server has no room for the files while it reads them."), 507) from None


def too_large() -> UploadRefused:
    """What is said of too much."""
    most = f"{settings.IMPORT_MAX_BYTES:,}"
    return UploadRefused(gettext("These files are larger than %s bytes (IMPORT_MAX_BYTES).") % most, 413)


def _no_room() -> UploadRefused:
    """Others may write to the disk meanwhile: it is looked at again as the files arrive."""
    least = f"{settings.DISK_RESERVE_BYTES:,}"
    sentence = gettext("The disk has no room for these files: less than %s bytes would be left (DISK_RESERVE_BYTES).")
    return UploadRefused(sentence % least, 507)


def read_files(request: HttpRequest) -> list[NamedFile]:
    """The files of a form that has arrived. Raises UploadRefused if there is none, or the form broke off."""
    if LAST_FIELD not in request.POST:
        raise UploadRefused(gettext("The upload broke off."))
    files = [
        NamedFile(name=each.name or "", content=each.file)  # type: ignore[arg-type]
        for each in request.FILES.getlist("files")
    ]
    if not files:
        raise UploadRefused(gettext("Choose a file first."))
    return files

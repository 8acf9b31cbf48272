using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace SkyTree.Core.Admin.Users;

/// <summary>
/// Users as CSV (RFC 4180) with the columns <c>name,password_hash,groups,disabled</c>, in an import also <c>password</c>; groups are
/// separated by <c>;</c>. A field that a spreadsheet would take for a formula is written with <c>'</c> before it, which reading
/// takes off again.
/// </summary>
internal static class UserCsv
{
    private const string Header = "name,password_hash,groups,disabled";
    private const int LongestField = 64 * 1024;

    /// <summary>Writes users.</summary>
    /// <param name="users">The users.</param>
    /// <param name="writer">Where they go.</param>
    public static void Write(IEnumerable<UserImport> users, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(users);
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(Header + "\r\n");
        foreach (UserImport user in users)
        {
            writer.Write(Quote(user.Name));
            writer.Write(',');
            writer.Write(Quote(user.PasswordHash ?? ""));
            writer.Write(',');
            writer.Write(Quote(string.Join(';', user.Groups ?? [])));
            writer.Write(user.IsDisabled ? ",true\r\n" : ",false\r\n");
        }
    }

    /// <summary>Reads users, line by line.</summary>
    /// <param name="reader">Where they come from.</param>
    /// <exception cref="AdminException">It is no such CSV: the header, a quote, or the number of fields is wrong.</exception>
    public static IEnumerable<UserImport> Read(TextReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        int line = 1;
        if (!TryReadRecord(reader, ref line, out List<string>? header))
        {
            yield break;
        }

        header = [.. header.Select(name => name.Trim().TrimStart('\uFEFF').ToLowerInvariant())];
        int name = header.IndexOf("name");
        int password = header.IndexOf("password");
        int hash = header.IndexOf("password_hash");
        int groups = header.IndexOf("groups");
        int disabled = header.IndexOf("disabled");
        if (name < 0 || header.Count(known => known is "name" or "password" or "password_hash" or "groups" or "disabled") != header.Count)
        {
            throw Wrong(1, $"the first line must name the columns, such as {Header}; password is known, too");
        }

        while (TryReadRecord(reader, ref line, out List<string>? fields))
        {
            if (fields is [""])
            {
                continue; // an empty line
            }

            if (fields.Count != header.Count)
            {
                throw Wrong(line, $"there are {fields.Count} fields where the header has {header.Count}");
            }

            yield return new UserImport(
                Unguard(fields[name]),
                Text(fields, password),
                Text(fields, hash),
                groups < 0 ? [] : [.. Unguard(fields[groups]).Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
                disabled >= 0 && fields[disabled].Trim().ToLowerInvariant() is "true" or "1" or "yes");
        }
    }

    private static string? Text(List<string> fields, int index) => index >= 0 && fields[index].Length > 0 ? Unguard(fields[index]) : null;

    private static string Quote(string field)
    {
        // Spreadsheets run what begins so; a field that begins with the guard itself gets another, so that reading gives it back.
        string guarded = field.Length > 0 && field[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\'' ? "'" + field : field;
        return guarded.AsSpan().IndexOfAny("\",\r\n") >= 0 || guarded != field || guarded.Trim() != guarded
            ? $"\"{guarded.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : guarded;
    }

    private static string Unguard(string field) =>
        field.Length > 1 && field[0] == '\'' && field[1] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\'' ? field[1..] : field;

    private static bool TryReadRecord(TextReader reader, ref int line, [NotNullWhen(true)] out List<string>? fields)
    {
        fields = null;
        if (reader.Peek() < 0)
        {
            return false;
        }

        fields = [];
        var field = new StringBuilder();
        while (true)
        {
            int next = reader.Read();
            if (next == '"' && field.Length == 0)
            {
                ReadQuoted(reader, field, ref line);
                next = reader.Read();
                if (next is not (',' or '\r' or '\n' or < 0))
                {
                    throw Wrong(line, "a closing quote must be followed by a comma or the line's end");
                }
            }
            else if (next == '"')
            {
                throw Wrong(line, "a quote must be at a field's beginning");
            }

            switch (next)
            {
                case ',':
                    fields.Add(field.ToString());
                    field.Clear();
                    break;
                case '\r' when reader.Peek() == '\n':
                    break;
                case '\r' or '\n' or < 0:
                    line++;
                    fields.Add(field.ToString());
                    return true;
                default:
                    field.Append((char)next);
                    break;
            }

            if (field.Length > LongestField || fields.Count > 64)
            {
                throw Wrong(line, "a line is too long");
            }
        }
    }

    private static void ReadQuoted(TextReader reader, StringBuilder field, ref int line)
    {
        while (true)
        {
            int next = reader.Read();
            if (next < 0)
            {
                throw Wrong(line, "a quote is not closed");
            }

            if (next == '"')
            {
                if (reader.Peek() != '"')
                {
                    return;
                }

                reader.Read();
            }

            line += next == '\n' ? 1 : 0;
            field.Append((char)next);
            if (field.Length > LongestField)
            {
                throw Wrong(line, "a field is too long");
            }
        }
    }

    private static AdminException Wrong(int line, string what) => new(AdminError.Invalid, "bad_csv", $"Line {line}: {what}.");
}

using SkyTree.Core.Admin.Audit;
using SkyTree.Core.Registry;
using SkyTree.Core.Replication.Records;

namespace SkyTree.Core.Replication;

/// <content>Commands that change what people configure.</content>
internal static partial class CommandFormat
{
    private static void WriteChangeRegistry(ChangeRegistry command, RecordWriter writer)
    {
        writer.Number32(command.Conditions.Count);
        foreach (RegistryCondition condition in command.Conditions)
        {
            writer.Byte((byte)condition.Collection).Number(condition.Version);
        }

        writer.Number32(command.Changes.Count);
        foreach (RegistryChange change in command.Changes)
        {
            writer.Byte((byte)change.Collection).Text(change.Key).OptionalNumber(change.Expected).Flag(change.Content is not null).Bytes((change.Content ?? default).Span);
        }

        writer.Flag(command.Note is not null);
        if (command.Note is { } note)
        {
            WriteNote(note, writer);
        }
    }

    private static ChangeRegistry ReadChangeRegistry(ref RecordReader reader)
    {
        var conditions = new RegistryCondition[reader.Count()];
        for (int i = 0; i < conditions.Length; i++)
        {
            conditions[i] = new RegistryCondition((RegistryCollection)reader.Byte(), reader.Number());
        }

        var changes = new RegistryChange[reader.Count()];
        for (int i = 0; i < changes.Length; i++)
        {
            var collection = (RegistryCollection)reader.Byte();
            string key = reader.Text();
            long? expected = reader.OptionalNumber();
            bool sets = reader.Flag();
            byte[] content = reader.Bytes();
            changes[i] = new RegistryChange(collection, key, sets ? content : default(ReadOnlyMemory<byte>?)) { Expected = expected };
        }

        return new ChangeRegistry(changes) { Conditions = conditions, Note = reader.Flag() ? ReadNote(ref reader) : null };
    }

    private static void WriteNote(AuditNote note, RecordWriter writer) =>
        writer.Text(note.Caller).Text(note.Address ?? "").Text(note.Action).Text(note.Target).Text(note.Before ?? "").Text(note.After ?? "")
            .Number32(note.MaximumEntries).Number(note.MaximumAgeMs);

    private static AuditNote ReadNote(ref RecordReader reader) => new(
        reader.Text(),
        OrNull(reader.Text()),
        reader.Text(),
        reader.Text(),
        OrNull(reader.Text()),
        OrNull(reader.Text()),
        reader.Number32(),
        reader.Number());

    private static string? OrNull(string text) => text.Length == 0 ? null : text;
}

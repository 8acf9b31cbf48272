using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace SkyTree.AspNetCore.Configuration;

/// <summary>
/// Reads a section into a record whose public properties are its keys. Unlike the framework's binder it reports every
/// error by full key name instead of throwing at the first, takes an unknown key for the typing error that it usually
/// is, and checks <see cref="RangeAttribute"/>.
/// </summary>
internal static class OptionsReader
{
    public static T Read<T>(IConfigurationSection section, ConfigurationErrors errors)
        where T : class, new()
        => (T)ReadRecord(typeof(T), section, errors);

    private static object ReadRecord(Type type, IConfigurationSection section, ConfigurationErrors errors)
    {
        object options = Activator.CreateInstance(type)!;
        if (!string.IsNullOrEmpty(section.Value))
        {
            errors.Add(section.Path, $"'{section.Value}' is a value where a section is expected");
            return options;
        }

        PropertyInfo[] properties = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite)];
        foreach (IConfigurationSection child in section.GetChildren())
        {
            PropertyInfo? property = Array.Find(properties, candidate => candidate.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                errors.Add(child.Path, "there is no such option" + Suggestion(child.Key, properties));
            }
            else if (ReadValue(property.PropertyType, child, errors, property.GetCustomAttribute<RangeAttribute>()) is { } value)
            {
                property.SetValue(options, value);
            }
        }

        return options;
    }

    private static object? ReadValue(Type type, IConfigurationSection section, ConfigurationErrors errors, RangeAttribute? range)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
        {
            return ReadDictionary(type.GetGenericArguments()[1], section, errors);
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            return ReadList(type.GetGenericArguments()[0], section, errors);
        }

        if (type != typeof(string) && type.IsClass)
        {
            return ReadRecord(type, section, errors);
        }

        if (section.GetChildren().Any())
        {
            errors.Add(section.Path, "a section where a value is expected");
            return null;
        }

        return ReadScalar(type, section, errors, range);
    }

    private static object ReadDictionary(Type element, IConfigurationSection section, ConfigurationErrors errors)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            errors.Add(section.Path, $"'{section.Value}' is a value where a section is expected");
        }

        var values = (System.Collections.IDictionary)Activator.CreateInstance(
            typeof(Dictionary<,>).MakeGenericType(typeof(string), element), StringComparer.OrdinalIgnoreCase)!;
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (ReadValue(element, child, errors, range: null) is { } value)
            {
                values[child.Key] = value;
            }
        }

        return values;
    }

    private static object ReadList(Type element, IConfigurationSection section, ConfigurationErrors errors)
    {
        if (!string.IsNullOrEmpty(section.Value))
        {
            errors.Add(section.Path, $"'{section.Value}' is a value where a list is expected");
        }

        var values = (System.Collections.IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (ReadValue(element, child, errors, range: null) is { } value)
            {
                values.Add(value);
            }
        }

        return values;
    }

    private static object? ReadScalar(Type type, IConfigurationSection section, ConfigurationErrors errors, RangeAttribute? range)
    {
        string text = section.Value ?? "";
        if (type == typeof(string))
        {
            return text;
        }

        if (text.Length == 0)
        {
            // A null in the file and an empty environment variable both mean: not set.
            return null;
        }

        if (type.IsEnum)
        {
            // "quorum+fsync" is how the documentation writes QuorumFsync.
            string plain = text.Replace("+", "", StringComparison.Ordinal);
            if (Array.Find(Enum.GetNames(type), name => name.Equals(plain, StringComparison.OrdinalIgnoreCase)) is { } name)
            {
                return Enum.Parse(type, name);
            }

            errors.Add(section.Path, $"'{text}' is not one of {string.Join(", ", Enum.GetNames(type))}");
            return null;
        }

        if (type == typeof(bool))
        {
            if (bool.TryParse(text, out bool flag))
            {
                return flag;
            }

            errors.Add(section.Path, $"'{text}' is neither true nor false");
            return null;
        }

        return type == typeof(double) ? ReadFraction(text, section, errors, range) : ReadNumber(type, text, section, errors, range);
    }

    private static double? ReadFraction(string text, IConfigurationSection section, ConfigurationErrors errors, RangeAttribute? range)
    {
        double minimum = range is null ? double.MinValue : Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture);
        double maximum = range is null ? double.MaxValue : Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);
        if (double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number >= minimum && number <= maximum)
        {
            return number;
        }

        errors.Add(section.Path, string.Create(CultureInfo.InvariantCulture, $"'{text}' is not a number from {minimum} to {maximum}"));
        return null;
    }

    private static object? ReadNumber(Type type, string text, IConfigurationSection section, ConfigurationErrors errors, RangeAttribute? range)
    {
        (long minimum, long maximum) = type == typeof(int) ? (int.MinValue, int.MaxValue)
            : type == typeof(uint) ? (uint.MinValue, uint.MaxValue)
            : type == typeof(long) ? (long.MinValue, long.MaxValue)
            : throw new NotSupportedException($"{section.Path}: options of type {type} are not supported.");
        if (range is not null)
        {
            minimum = Convert.ToInt64(range.Minimum, CultureInfo.InvariantCulture);
            maximum = Convert.ToInt64(range.Maximum, CultureInfo.InvariantCulture);
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            && number >= minimum && number <= maximum)
        {
            return Convert.ChangeType(number, type, CultureInfo.InvariantCulture);
        }

        errors.Add(section.Path, string.Create(CultureInfo.InvariantCulture, $"'{text}' is not a whole number from {minimum} to {maximum}"));
        return null;
    }

    private static string Suggestion(string key, PropertyInfo[] properties)
        => Spelling.Nearest(key, properties.Select(property => property.Name)) is { } name ? $"; did you mean {name}?" : "";
}

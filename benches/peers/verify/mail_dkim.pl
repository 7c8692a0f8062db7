use strict;
use warnings;
use Time::HiRes 'time';
use Mail::DKIM;
use Mail::DKIM::PublicKey;
use Mail::DKIM::Verifier;

my ($file, $key, $seconds) = @ARGV;
sub slurp { local $/; open my $handle, '<:raw', $_[0] or die; return <$handle> }
my ($message, $record) = (slurp($file), slurp($key));

# The key is handed in instead of looked up.
no warnings 'redefine';
*Mail::DKIM::PublicKey::fetch_async = sub {
    my ($class, %options) = @_;
    my $public = $class->parse($record);
    return sub { $options{Callbacks}{Success}->($public) if $options{Callbacks}; $public };
};

my ($count, $start) = (0, time);
while (time - $start < $seconds) {
    my $verifier = Mail::DKIM::Verifier->new;
    $verifier->PRINT($message);
    $verifier->CLOSE;
    die 'does not pass: ' . $verifier->result_detail if $verifier->result ne 'pass';
    $count++;
}
printf "%-34s %10.1f\n", "Mail::DKIM " . Mail::DKIM->VERSION, $count / (time - $start);
